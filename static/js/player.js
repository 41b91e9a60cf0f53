// The player: transcript and lanes follow the film, and a click in either goes there.

import { film } from "./film.js";

const PATIENCE_MS = 4000;
const reloaded = new WeakSet();
let leftAloneUntil = 0;

const player = () => document.querySelector("[data-player]");
const screen = () => player()?.querySelector("video, audio");

function times() {
  const box = player();
  const shown = screen();
  if (!box || !shown || !Number.isFinite(shown.duration)) return null;
  return film(Number(box.dataset.total), JSON.parse(box.dataset.pauses), shown.duration);
}

/** Go to a moment; `place` finds it in the film once the film's length is known. */
function seek(place) {
  const shown = screen();
  const map = times();
  if (!shown) return;
  if (!map) {
    shown.addEventListener("loadedmetadata", () => seek(place), { once: true });
    shown.load();
    return;
  }
  shown.currentTime = place(map);
  shown.play().catch(() => {});
}

function follow() {
  const map = times();
  if (!map) return;
  const at = screen().currentTime;
  moveCursor(map.recordingS(at));
  markLine(map.saidS(at));
}

function moveCursor(at) {
  const cursor = document.querySelector(".lanes[data-seek-lanes] .cursor");
  const total = Number(player().dataset.total);
  if (!cursor || !total) return;
  const x = `${((at / total) * 100).toFixed(3)}%`;
  const line = cursor.querySelector("line");
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
  cursor.toggleAttribute("data-shown", true);
}

function markLine(at) {
  const lines = document.querySelector("[data-lines]");
  if (!lines) return;
  const said = lines.querySelectorAll("li[data-start]");
  let low = 0;
  let high = said.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Number(said[middle].dataset.start) <= at + 0.05) low = middle + 1;
    else high = middle;
  }
  const line = low ? said[low - 1] : null;
  const before = lines.querySelector("[aria-current]");
  if (line === before) return;
  before?.removeAttribute("aria-current");
  if (!line) return;
  line.setAttribute("aria-current", "true");
  const wanted = document.querySelector("[data-follow]")?.checked;
  if (wanted && performance.now() > leftAloneUntil) {
    lines.scrollTop = line.offsetTop - lines.clientHeight / 3;
  }
}

// Whoever scrolls wants to read there, not to be pulled back.
for (const gesture of ["wheel", "touchmove"]) {
  document.addEventListener(
    gesture,
    (event) => {
      if (event.target.closest?.("[data-lines]")) leftAloneUntil = performance.now() + PATIENCE_MS;
    },
    { passive: true },
  );
}

document.addEventListener("click", (event) => {
  const line = event.target.closest("[data-lines] li[data-start]");
  if (line) {
    seek((map) => map.lineS(Number(line.dataset.start)));
    return;
  }
  const row = event.target.closest(".lanes[data-seek-lanes] .lane-row");
  if (row && player()) {
    const box = row.getBoundingClientRect();
    const recordingS = ((event.clientX - box.left) / box.width) * Number(player().dataset.total);
    seek((map) => map.filmS(recordingS));
  }
});

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const line = step && event.target.closest?.("[data-lines] li");
  const next = line?.[step]?.querySelector("button");
  if (next) {
    event.preventDefault();
    next.focus();
  }
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-find]")) return;
  const wanted = event.target.value.trim().toLocaleLowerCase();
  let found = 0;
  for (const line of document.querySelectorAll("[data-lines] li")) {
    const fits = line.textContent.toLocaleLowerCase().includes(wanted);
    line.hidden = !fits;
    found += fits;
    mark(line, fits ? wanted : "");
  }
  const told = document.querySelector("[data-found]");
  if (!told) return;
  const counted = `${found} ${found === 1 ? "line" : "lines"} found`;
  if (!wanted) told.textContent = "";
  else told.textContent = found ? counted : "No line has this word.";
});

/** Mark where the words stand in a line; without words, nothing. */
function mark(line, wanted) {
  for (const part of line.querySelectorAll(".speaker, .text")) {
    const said = part.textContent;
    const lower = said.toLocaleLowerCase();
    // In some languages a small letter is longer than its capital: then places do not fit.
    const places = wanted && lower.length === said.length ? lower.split(wanted) : [lower];
    const pieces = [];
    let at = 0;
    for (const [number, between] of places.entries()) {
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

// Media events do not bubble, but they can be caught on their way down.
for (const moment of ["timeupdate", "seeked", "loadedmetadata"]) {
  document.addEventListener(moment, follow, true);
}

document.addEventListener(
  "error",
  async (event) => {
    const shown = event.target;
    if (!(shown instanceof HTMLMediaElement) || !shown.closest("[data-player]")) return;
    if (!reloaded.has(shown)) {
      // The link behind our address may have expired; loading again fetches a fresh one.
      reloaded.add(shown);
      const at = shown.currentTime;
      const running = !shown.paused;
      shown.load();
      shown.addEventListener(
        "loadedmetadata",
        () => {
          shown.currentTime = at;
          if (running) shown.play().catch(() => {});
        },
        { once: true },
      );
      return;
    }
    const told = player().querySelector("[data-player-problem]");
    told.textContent = await reason(shown.src);
  },
  true,
);

async function reason(source) {
  try {
    const answer = await fetch(source, { redirect: "manual" });
    if (answer.type !== "opaqueredirect" && !answer.ok) return await answer.text();
  } catch {
    return "The recording can't be reached. Check the connection, then load this page again.";
  }
  return "This browser can't play the recording. Download the file and play it elsewhere.";
}
