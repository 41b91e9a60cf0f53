/* The policy's form: presets and ways back fill the controls in; wrong ones are marked as such. */

const form = () => document.getElementById("policy-form");

function put(name, values) {
  for (const control of form().querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
    if (control.matches("[type=checkbox], [type=radio]")) {
      control.checked = values.includes(control.value);
    } else {
      control.value = values[0] ?? "";
    }
  }
}

function markWrong() {
  for (const control of form()?.querySelectorAll(":is(input, select, textarea)[aria-describedby^=said-]") ?? []) {
    const said = document.getElementById(control.getAttribute("aria-describedby"));
    if (said?.querySelector(".errors")) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-sets]");
  if (!button || !form()) return;
  event.preventDefault();
  for (const [name, values] of Object.entries(JSON.parse(button.dataset.sets))) put(name, values);
  form().dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("htmx:after:swap", markWrong);
markWrong();

// Whether what is typed has changed since it was last tried.
let isOld = false;

function tellWhetherOld() {
  const old = document.getElementById("dry-run-old");
  if (old) old.hidden = !isOld || !document.getElementById("dry-run").childElementCount;
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    if (!event.target.closest?.("#policy-form") || event.target.id === "id_note") return;
    isOld = true;
    tellWhetherOld();
  });
}

document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.sourceElement?.id === "try") isOld = false;
});

// What came of a dry run stands beneath the form, out of sight.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.sourceElement?.id !== "try") return;
  tellWhetherOld();
  const place = document.getElementById("dry-run");
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "start" });
});
