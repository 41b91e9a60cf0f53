/* New alerts shown by the browser itself while the page is hidden, where a person asked for it. */

const KEY = "recalldash-notify";
const SHOWN = "recalldash-notified";

const isOn = () => "Notification" in window && localStorage.getItem(KEY) === "on";

/* What is unread when the page opens is no news; of several tabs one shows what is. */
let newest = Number(document.getElementById("bell")?.dataset.newest ?? 0);

function look() {
  const bell = document.getElementById("bell");
  const pk = Number(bell?.dataset.newest ?? 0);
  if (pk <= newest) return;
  newest = pk;
  if (!document.hidden || !isOn() || Notification.permission !== "granted") return;
  if (Number(localStorage.getItem(SHOWN) ?? 0) >= pk) return;
  localStorage.setItem(SHOWN, String(pk));
  const { newestName, newestSentence, newestUrl } = bell.dataset;
  const shown = new Notification(newestName, { body: newestSentence, tag: "recalldash" });
  shown.addEventListener("click", () => {
    window.focus();
    location.assign(newestUrl);
  });
}

function show() {
  const button = document.querySelector("[data-notify]");
  if (!button) return;
  const state = document.getElementById("notify-state");
  const can = "Notification" in window && Notification.permission !== "denied";
  button.disabled = !can;
  button.setAttribute("aria-pressed", String(isOn()));
  button.textContent = isOn() ? "Show no alerts in this browser" : "Show alerts in this browser";
  if (!can) state.textContent = "This browser does not allow it.";
  else state.textContent = isOn() ? "On" : "";
}

async function turn() {
  if (isOn()) localStorage.removeItem(KEY);
  else if ((await Notification.requestPermission()) === "granted") localStorage.setItem(KEY, "on");
  show();
}

export function start() {
  document.addEventListener("htmx:after:swap", look);
  document.addEventListener("click", (event) => event.target.closest("[data-notify]") && turn());
  show();
}
