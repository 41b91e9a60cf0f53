/* The keyboard: / for the link field, s to search, g b, g r, g p for Bots, Recordings, Policy, j and k in lists, space on a bot's page, ?. */

const isTyping = (element) =>
  element?.matches?.("input, textarea, select, [contenteditable]") &&
  !element.matches("[type=checkbox], [type=radio], [type=button]");

const pressesItself = (element) => element?.matches?.("button, a, summary, input, video, audio");

let before = "";
let beforeAt = 0;

function step(by) {
  const items = [...document.querySelectorAll("[data-item]")];
  if (!items.length) return false;
  const here = items.findIndex((item) => item.contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : items.length - 1) : here + by;
  const item = items[Math.min(Math.max(next, 0), items.length - 1)];
  const link = item.querySelector("a[href], button");
  link?.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
  return true;
}

function toField() {
  const field = document.querySelector('[data-key="/"]');
  if (field) {
    field.focus();
    field.select();
  } else if (document.body.dataset.botsUrl) {
    location.assign(document.body.dataset.botsUrl);
  }
  return true;
}

function toSearch() {
  // Where it is narrow, a link stands for the field.
  const fields = document.querySelectorAll('[data-key="s"]');
  const field = [...fields].reverse().find((each) => each.checkVisibility());
  if (field) {
    field.focus();
    field.select();
  } else {
    document.querySelector(".rail-search-link")?.click();
  }
  return Boolean(fields.length);
}

function pressSpace() {
  const button = document.querySelector('[data-key="space"]:not(:disabled, [aria-disabled="true"])');
  button?.click();
  return Boolean(button);
}

export function showShortcuts() {
  const dialog = document.getElementById("shortcuts");
  if (dialog && !dialog.open) dialog.showModal();
  return Boolean(dialog);
}

function press(event) {
  if (event.key === "?") return showShortcuts();
  if (event.key === "/") return toField();
  if (event.key === "s") return toSearch();
  if (event.key === "j") return step(1);
  if (event.key === "k") return step(-1);
  if (event.key === " " && !pressesItself(document.activeElement)) return pressSpace();
  if (before === "g" && event.timeStamp - beforeAt < 1000) {
    const door = { b: "bots", r: "recordings", p: "policy" }[event.key];
    const link = door && document.querySelector(`[data-door="${door}"]`);
    link?.click();
    return Boolean(link);
  }
  return false;
}

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    if (press(event)) event.preventDefault();
    before = event.key;
    beforeAt = event.timeStamp;
  });
}
