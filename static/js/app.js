/* What every page does by itself: live updates, times, keys, menus, toasts, forms sent once. */

import * as bell from "./bell.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as times from "./times.js";

const TOAST_MS = { success: 6_000, undo: 12_000 };

/* Theme: the system's, light or dark */

const THEMES = ["", "light", "dark"];

function showTheme() {
  const chosen = document.documentElement.dataset.theme || "";
  for (const button of document.querySelectorAll("[data-theme-next] span")) {
    button.textContent = `Theme: ${chosen || "system"}`;
  }
}

function nextTheme() {
  const root = document.documentElement;
  const next = THEMES[(THEMES.indexOf(root.dataset.theme || "") + 1) % THEMES.length];
  if (next) root.dataset.theme = next;
  else delete root.dataset.theme;
  localStorage.setItem("theme", next);
  showTheme();
}

/* Toasts */

const timed = new WeakSet();

function timeToasts() {
  for (const toast of document.querySelectorAll("[data-toast]")) {
    const after = TOAST_MS[toast.dataset.toast];
    if (!after || timed.has(toast)) continue;
    timed.add(toast);
    setTimeout(() => !toast.contains(document.activeElement) && toast.remove(), after);
  }
}

function toast(sentence) {
  const element = document.createElement("div");
  element.className = "toast";
  element.dataset.toast = "success";
  element.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  document.getElementById("toasts")?.append(element);
  timeToasts();
}

/* Notices that this browser need not be told again */

const REMEMBERED = 40;

// A cookie, because then the server can leave them out, count the others and fold them.
function dismissNotice(button) {
  const region = document.getElementById("notices");
  const before = document.cookie.match(/(?:^|; )dismissed=([^;]*)/)?.[1].split(".") ?? [];
  const keys = [...before, button.dataset.dismissNotice].slice(-REMEMBERED);
  const secure = location.protocol === "https:" ? "; secure" : "";
  const rest = `path=${region.dataset.cookiePath}; max-age=604800; samesite=lax${secure}`;
  document.cookie = `dismissed=${keys.join(".")}; ${rest}`;
  const notice = button.closest(".notice");
  const beside = notice.nextElementSibling ?? notice.previousElementSibling;
  notice.remove();
  (beside?.querySelector("[data-dismiss-notice]") ?? document.getElementById("main")).focus();
  region.dispatchEvent(new CustomEvent("live"));
}

/* Phases, read out as they change */

const said = new Map();

function announce() {
  const announcer = document.getElementById("announcer");
  const news = [];
  for (const element of document.querySelectorAll("[data-said][id]")) {
    const before = said.get(element.id);
    said.set(element.id, element.dataset.said);
    if (before && before !== element.dataset.said) news.push(element.dataset.said);
  }
  if (announcer && news.length) announcer.textContent = news.slice(0, 3).join(". ");
}

/* Clicks and forms */

document.addEventListener("click", (event) => {
  const target = event.target.closest?.(
    "[data-theme-next], [data-shortcuts], [data-dismiss], [data-dismiss-notice], [data-bookmarklet], [aria-disabled=true]",
  );
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (!target) return;
  if (target.matches("[data-theme-next]")) nextTheme();
  if (target.matches("[data-shortcuts]")) {
    target.closest("details").open = false;
    keys.showShortcuts();
  }
  if (target.matches("[data-dismiss]")) target.closest(".toast").remove();
  if (target.matches("[data-dismiss-notice]")) dismissNotice(target);
  if (target.matches("[data-bookmarklet]")) {
    event.preventDefault();
    toast("Drag it to your bookmarks bar; it works from a meeting's tab.");
  }
  if (target.matches("[aria-disabled=true]")) event.preventDefault();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.key === "Enter" && !event.shiftKey && event.target.matches("[data-submit-on-enter]")) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// A form that makes something is sent once, however often its button is clicked.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  event.submitter?.classList.add("pending");
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector(".pending")?.classList.remove("pending");
  }
});

/* htmx */

document.addEventListener("htmx:config:request", (event) => {
  const { request, sourceElement } = event.detail.ctx;
  if (sourceElement.id === "filters") {
    // An address that people share says only what it filters.
    for (const [key, value] of [...request.body]) if (!value) request.body.delete(key);
    if (!request.body.get("since") && !request.body.get("until")) request.body.delete("tz");
  }
});

document.addEventListener("htmx:before:request", (event) => {
  const form = event.detail.ctx.sourceElement;
  // What was wrong stays while the page goes on by itself, until the same form is tried again.
  if (form.matches?.("form")) {
    for (const said of form.querySelectorAll("[data-until-next]")) {
      said.removeAttribute("hx-morph-skip");
    }
  }
  if (!form.matches?.("[data-order]")) return;
  const button = form.querySelector("[data-pending]");
  if (!button) return;
  button.classList.add("pending");
  (button.querySelector(".word") ?? button).textContent = button.dataset.pending;
});

// What a proxy in front says of us is no page of ours: the page stays, and whoever asked is told.
document.addEventListener("htmx:response:error", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  if (![502, 504].includes(response?.status)) return;
  if (sourceElement.matches?.("form, a")) toast("That did not get through. Try again.");
});

document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx.sourceElement.matches?.("[data-order]")) live.refreshAll();
});

document.addEventListener("painted", announce);
document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  announce();
  timeToasts();
  if (response?.status === 200) {
    const field = sourceElement?.querySelector?.("[data-clear-after]");
    if (field) field.value = "";
  }
  // Whoever removed something finds Undo under the same key.
  if (sourceElement?.querySelector?.("[name=remove]")) {
    document.querySelector("[data-toast=undo] button")?.focus();
  }
});

// Of more tabs than fit, the open one is in sight.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  tab.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
}
showTheme();
timeToasts();
announce();
times.start();
keys.start();
bell.start();
live.start();
