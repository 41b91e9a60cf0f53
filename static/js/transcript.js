// What was said: it follows the film, leads into it, is loaded as it is read, and is searched.
//
// The server holds the whole of it. Here stand some lines, from one number to another; whatever
// lies outside of them is fetched when somebody scrolls, listens or searches there.

import { screen, seek, times } from "./player.js";
import { clock } from "./seek.js";

const PATIENCE_MS = 4000;
const TYPING_MS = 200;
const NEAR_S = 0.25;
let leftAloneUntil = 0;
let loading = false;
let isLate = false;
let isOpening = false;

const region = () => document.querySelector("[data-said]");
const box = () => region()?.querySelector("[data-lines]");
const list = () => box()?.querySelector("[data-said-list]");
const more = (way) => box()?.querySelector(`[data-more="${way}"]`);
const query = () => region().dataset.keep;

/* Lines, loaded as they are wanted */

async function piece(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

/** One load at a time: whoever follows the film looks again after it, others ask again. */
async function load(asked, place) {
  if (loading) return false;
  loading = true;
  const into = box();
  into.setAttribute("aria-busy", "true");
  try {
    const found = await piece(`${region().dataset.linesUrl}?${query()}${asked}`);
    if (into.isConnected) place(found, into);
    return true;
  } catch {
    return false;
  } finally {
    loading = false;
    into.removeAttribute("aria-busy");
    if (into.isConnected) arrived();
    if (isLate) {
      isLate = false;
      follow();
    }
  }
}

function loadMore(way) {
  const from = more(way)?.querySelector("[data-from]").dataset.from;
  if (from === undefined) return Promise.resolve(false);
  return load(`${way}=${from}`, (found, into) => {
    const lines = [...found.querySelectorAll("[data-said-list] > li")];
    const next = found.querySelector(`[data-more="${way}"]`);
    const heightBefore = into.scrollHeight;
    if (way === "before") list().prepend(...lines);
    else list().append(...lines);
    if (next) more(way).replaceWith(next);
    else more(way).remove();
    // Whoever reads is not moved by what comes above.
    if (way === "before") into.scrollTop += into.scrollHeight - heightBefore;
  });
}

/** In place of all lines, those around a moment (`t=754`) or from a number on (`n=120`). */
function loadPlace(asked) {
  return load(asked, (found, into) => into.replaceChildren(...found.childNodes));
}

let watcher = null;

/** Looks out for the ends of the box by the box itself: it may reach below the window. */
function watch() {
  watcher?.disconnect();
  if (!box()) return;
  watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) loadMore(entry.target.dataset.more);
  }, { root: box() });
  for (const end of box().querySelectorAll("[data-more]")) watcher.observe(end);
}

/** What has come: its ends are watched, one line alone is a stop of Tab, found words are marked. */
function arrived() {
  watch();
  const lines = [...(list()?.querySelectorAll("li > a") ?? [])];
  const stop = lines.find((line) => line.closest("[aria-current]")) ?? lines[0];
  for (const line of lines) line.tabIndex = line === stop || line === document.activeElement ? 0 : -1;
  markWords();
}

/* Following the film */

function lineAt(at) {
  const said = list()?.querySelectorAll("li[data-start]") ?? [];
  let low = 0;
  let high = said.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(said[middle].dataset.start) <= at + NEAR_S) low = middle + 1;
    else high = middle;
  }
  const isOutside = (low === 0 && more("before")) || (low === said.length && more("n"));
  return { line: low ? said[low - 1] : null, isOutside: Boolean(isOutside) };
}

function showLine(line, share = 1 / 3) {
  const into = box();
  into.scrollTop = line.offsetTop - into.clientHeight * share;
}

async function follow() {
  const map = times();
  if (!map || !list() || isOpening) return;
  if (loading) {
    isLate = true;
    return;
  }
  const at = map.saidS(screen().currentTime);
  const wanted = region().querySelector("[data-follow]")?.checked;
  const mayMove = wanted && performance.now() > leftAloneUntil;
  let { line, isOutside } = lineAt(at);
  const isLoaded = isOutside && mayMove && (await loadPlace(`t=${at.toFixed(2)}`));
  if (isLoaded) ({ line } = lineAt(at));
  else if (isOutside && !mayMove) line = null;
  const before = list()?.querySelector("[aria-current]");
  // What has just come is marked already, but nobody has been led to it yet.
  if (line === before && !isLoaded) return;
  before?.removeAttribute("aria-current");
  if (!line) return;
  line.setAttribute("aria-current", "true");
  if (mayMove) showLine(line);
}

// Media events do not bubble, but they can be caught on their way down.
for (const moment of ["timeupdate", "seeked", "loadedmetadata"]) {
  document.addEventListener(moment, follow, true);
}

// Whoever scrolls wants to read there, not to be pulled back.
for (const gesture of ["wheel", "touchmove"]) {
  document.addEventListener(
    gesture,
    (event) => {
      if (event.target.closest?.("[data-lines]")) leaveAlone();
    },
    { passive: true },
  );
}

function leaveAlone(for_ms = PATIENCE_MS) {
  leftAloneUntil = performance.now() + for_ms;
}

/* Leading into it */

const secondOf = (line) => Number(line.dataset.start);

document.addEventListener("click", (event) => {
  const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  const line = event.target.closest?.("[data-lines] li[data-start]");
  if (line && isPlain && event.target.closest("a") && screen()) {
    event.preventDefault();
    leftAloneUntil = 0;
    seek((map) => map.lineS(secondOf(line)));
  }
  const hit = event.target.closest?.("[data-hit]");
  if (hit && isPlain) {
    event.preventDefault();
    goTo(Number(hit.dataset.hit));
  }
  const step = event.target.closest?.("[data-step]");
  if (step) goTo(current + Number(step.dataset.step));
  const end = event.target.closest?.("[data-more]");
  if (end && isPlain) {
    event.preventDefault();
    loadMore(end.dataset.more);
  }
  const copy = event.target.closest?.("[data-copy-moment]");
  if (copy) copyMoment(copy);
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const line = step && event.target.closest?.("[data-lines] li");
  const next = line?.[step]?.querySelector("a");
  if (next) {
    event.preventDefault();
    leaveAlone();
    next.tabIndex = 0;
    next.focus();
    event.target.tabIndex = -1;
  }
});

async function copyMoment(button) {
  const map = times();
  const focused = list()?.querySelector("li:focus-within[data-start]");
  const said = focused ? secondOf(focused) : map ? map.saidS(screen().currentTime) : 0;
  const address = new URL(location.pathname, location.href);
  const of = new URLSearchParams(query()).get("of");
  if (of) address.searchParams.set("of", of);
  address.searchParams.set("t", String(Math.floor(said)));
  address.hash = "transcript";
  const word = button.querySelector("span");
  const before = "Copy link to this moment";
  try {
    await navigator.clipboard.writeText(address.href);
    word.textContent = `Copied: ${clock(said)}`;
  } catch {
    history.replaceState(null, "", address);
    word.textContent = "It stands in the address bar";
  }
  setTimeout(() => { word.textContent = before; }, 2500);
}

/* Searching it */

let hits = [];
let current = -1;
let words = "";
let typing = 0;

function readHits() {
  const found = region()?.querySelector("[data-hits]");
  hits = found ? JSON.parse(found.dataset.hits) : [];
  words = found?.dataset.words ?? "";
  current = -1;
  tellHits();
  markWords();
}

function tellHits() {
  const steps = region()?.querySelector("[data-steps]");
  if (!steps) return;
  steps.hidden = !hits.length;
  const told = steps.querySelector("[data-found]");
  told.textContent = current < 0 ? `${hits.length}` : `${current + 1} of ${hits.length}`;
}

async function goTo(wanted) {
  if (!hits.length) return;
  current = (wanted + hits.length) % hits.length;
  tellHits();
  leaveAlone(4 * PATIENCE_MS);
  for (const each of region().querySelectorAll("[data-hit][data-here]")) delete each.dataset.here;
  const listed = region().querySelector(`[data-hit="${current}"]`);
  if (listed) {
    listed.dataset.here = "";
    const shelf = listed.parentElement;
    shelf.scrollTop = listed.offsetTop - shelf.offsetTop - shelf.clientHeight / 3;
  }
  const n = hits[current];
  const aim = current;
  let line = document.getElementById(`said-${n}`);
  for (let tries = 0; !line && tries < 20 && aim === current; tries += 1) {
    if (!(await loadPlace(`n=${Math.max(n - 3, 0)}`))) {
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    line = document.getElementById(`said-${n}`);
  }
  if (!line || aim !== current) return;
  for (const each of list().querySelectorAll("[data-found]")) delete each.dataset.found;
  line.dataset.found = "";
  showLine(line);
}

async function search(field) {
  const asked = field.value.trim();
  const place = region().querySelector("[data-hits-here]");
  if (asked === words && asked) return;
  words = asked;
  try {
    const address = `${region().dataset.findUrl}?${query()}find=${encodeURIComponent(asked)}`;
    const found = asked ? await piece(address) : document.createElement("div");
    if (field.value.trim() !== asked || !place.isConnected) return;
    place.replaceChildren(...found.childNodes);
    readHits();
  } catch {
    words = ""; // the same words may be asked for again
    place.textContent = "The search can't be reached. Check the connection, then type again.";
  }
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-find]")) return;
  clearTimeout(typing);
  typing = setTimeout(() => search(event.target), TYPING_MS);
});

document.addEventListener("submit", async (event) => {
  if (!event.target.matches?.("[data-find-form]")) return;
  event.preventDefault();
  clearTimeout(typing);
  await search(event.target.querySelector("[data-find]"));
  goTo(current + 1);
});

document.addEventListener("keydown", async (event) => {
  if (event.key !== "Enter" || !event.shiftKey || !event.target.matches?.("[data-find]")) return;
  event.preventDefault();
  clearTimeout(typing);
  await search(event.target);
  goTo(current < 0 ? -1 : current - 1);
});

/** Mark where the words stand in the lines that are here. */
function markWords() {
  const wanted = words.toLocaleLowerCase();
  for (const part of list()?.querySelectorAll(".text") ?? []) {
    const said = part.textContent;
    const lower = said.toLocaleLowerCase();
    // In some languages a small letter is longer than its capital: then places do not fit.
    const fits = wanted && lower.length === said.length && lower.includes(wanted);
    if (!fits) {
      if (part.firstElementChild) part.textContent = said;
      continue;
    }
    const pieces = [];
    let at = 0;
    for (const [number, between] of lower.split(wanted).entries()) {
      if (number) {
        const hit = document.createElement("mark");
        hit.textContent = said.slice(at, at + wanted.length);
        pieces.push(hit);
        at += wanted.length;
      }
      pieces.push(said.slice(at, at + between.length));
      at += between.length;
    }
    part.replaceChildren(...pieces);
  }
}

/* Beginning */

function begin() {
  if (!region() || region().dataset.begun) return;
  region().dataset.begun = "yes";
  readHits();
  arrived();
  const opened = region().dataset.openedAt;
  if (opened === undefined || !list()) return;
  const line = list().querySelector("[aria-current]") ?? list().querySelector("li");
  if (line) showLine(line);
  if (!screen()) return;
  // Until the film is there it stands at its beginning, where nobody wants to be led.
  isOpening = true;
  const place = (map) => {
    isOpening = false;
    return map.lineS(Number(opened));
  };
  seek(place, { play: false });
}

document.addEventListener("htmx:after:swap", begin);
begin();
