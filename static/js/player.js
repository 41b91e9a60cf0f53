// The player: the lanes follow the film, and a click in them goes there. `transcript.js` uses it.

import { film } from "./film.js";

const reloaded = new WeakSet();

const player = () => document.querySelector("[data-player]");
export const screen = () => player()?.querySelector("video, audio");

/** How moments of recording, film and transcript hang together; null until the film is known. */
export function times() {
  const box = player();
  const shown = screen();
  if (!box || !shown || !Number.isFinite(shown.duration)) return null;
  return film(Number(box.dataset.total), JSON.parse(box.dataset.pauses), shown.duration);
}

/** Go to a moment; `place` finds it in the film once the film's length is known. */
export function seek(place, { play = true } = {}) {
  const shown = screen();
  const map = times();
  if (!shown) return;
  if (!map) {
    shown.addEventListener("loadedmetadata", () => seek(place, { play }), { once: true });
    shown.load();
    return;
  }
  shown.currentTime = place(map);
  if (play) shown.play().catch(() => {});
}

function follow() {
  const map = times();
  if (!map) return;
  moveCursor(map.recordingS(screen().currentTime));
}

function moveCursor(at) {
  document.dispatchEvent(new CustomEvent("player:at", { detail: at }));
  const cursor = document.querySelector(".lanes[data-seek-lanes] .cursor");
  const total = Number(player().dataset.total);
  if (!cursor || !total) return;
  const x = `${((at / total) * 100).toFixed(3)}%`;
  const line = cursor.querySelector("line");
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
  cursor.toggleAttribute("data-shown", true);
}

document.addEventListener("click", (event) => {
  const row = event.target.closest(".lanes[data-seek-lanes] .lane-row");
  if (row && player()) {
    const box = row.getBoundingClientRect();
    const recordingS = ((event.clientX - box.left) / box.width) * Number(player().dataset.total);
    seek((map) => map.filmS(recordingS));
  }
});

// Whoever points out a moment of the recording elsewhere on the page: slider, chat.
document.addEventListener("player:go", (event) => seek((map) => map.filmS(event.detail)));

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
