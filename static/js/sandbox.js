/* The sandbox's pages: times, the running meeting clock, copied links, states read out. */

import * as times from "./times.js";

const began = new WeakMap();

function spelled(seconds) {
  const whole = Math.floor(Math.abs(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const text = hours
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
  return seconds < 0 && whole ? `−${text}` : text;
}

/* Between two answers of the server the clock runs on by itself. */
function run() {
  for (const element of document.querySelectorAll("[data-runs]")) {
    const known = began.get(element);
    if (known?.runs !== element.dataset.runs) {
      began.set(element, { runs: element.dataset.runs, at: performance.now() });
    }
    const { at } = began.get(element);
    const passed = ((performance.now() - at) / 1000) * Number(element.dataset.speed);
    const said = spelled(Number(element.dataset.runs) + passed);
    if (element.textContent !== said) element.textContent = said;
  }
}

const said = new Map();

function announce() {
  const news = [];
  for (const element of document.querySelectorAll("[data-said][id]")) {
    const before = said.get(element.id);
    said.set(element.id, element.dataset.said);
    if (before && before !== element.dataset.said) news.push(element.dataset.said);
  }
  if (news.length) document.getElementById("announcer").textContent = news.join(". ");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy-text]");
  if (!button) return;
  const word = button.querySelector("span");
  try {
    await navigator.clipboard.writeText(button.dataset.copyText);
    if (word) word.textContent = "Copied";
    document.getElementById("announcer").textContent = "Link copied";
  } catch {
    if (word) word.textContent = "Select it";
  }
  setTimeout(() => word && (word.textContent = "Copy"), 2000);
});

document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  run();
  announce();
  if (sourceElement?.matches?.("form") && response?.status === 200) {
    for (const field of sourceElement.elements) {
      if (field.matches("[data-clear-after]")) field.value = "";
    }
  }
});

/* The answer to a fragment in the address: settings that were just changed are seen open. */
function unfold() {
  const group = document.querySelector("#settings .badge")?.closest("details");
  if (location.hash === "#settings" && group) group.open = true;
}

times.start();
run();
announce();
unfold();
setInterval(run, 200);
