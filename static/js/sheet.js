// Orders that ask first: whatever is put into the sheet opens it, and an empty one closes.

const sheet = document.getElementById("sheet");

if (sheet) {
  new MutationObserver(() => {
    if (sheet.childElementCount === 0) sheet.close();
    else if (!sheet.open) sheet.showModal();
    tellZone();
  }).observe(sheet, { childList: true });

  // A press on the backdrop, or on the way back, changes nothing.
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet || event.target.closest("[data-close-sheet]")) {
      event.preventDefault();
      sheet.close();
    }
  });
  sheet.addEventListener("close", () => sheet.replaceChildren());

  // An order that was taken closes its own sheet, not one that was opened since.
  sheet.addEventListener("sheet:done", () => sheet.close());
}

tellZone();

// Times are typed in the viewer's own zone; without this script they count as UTC.
function tellZone() {
  const field = document.querySelector(".order-form input[name=zone]");
  if (!field || field.dataset.told) return;
  field.dataset.told = "yes";
  const at = document.querySelector(".order-form input[type=datetime-local]");
  const named = document.querySelector(".order-form [data-zone-name]");
  if (field.value === "UTC" && at?.value) at.value = localValue(new Date(`${at.value}Z`));
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (named) named.textContent = field.value;
}

function localValue(moment) {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
