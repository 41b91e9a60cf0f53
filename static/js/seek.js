// Going to a moment of a recording from beside its player: the slider below the lanes, the chat,
// and the time under the pointer.

export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [whole / 3600, (whole % 3600) / 60, whole % 60].map(Math.floor);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

const go = (at) => document.dispatchEvent(new CustomEvent("player:go", { detail: at }));
const slider = () => document.querySelector("[data-seek-slider]");
let held = false;

function tell(range, at) {
  range.setAttribute("aria-valuetext", `${clock(at)} of ${clock(Number(range.max))}`);
}

document.addEventListener("input", (event) => {
  const range = event.target;
  if (!range.matches?.("[data-seek-slider]")) return;
  tell(range, Number(range.value));
  go(Number(range.value));
});

// While a thumb is dragged it is not pulled back by the film.
for (const [moment, holds] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
  document.addEventListener(moment, (event) => {
    if (!holds || event.target.matches?.("[data-seek-slider]")) held = holds;
  });
}

document.addEventListener("player:at", (event) => {
  const range = slider();
  if (!range || held) return;
  range.value = event.detail;
  tell(range, event.detail);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-go]");
  if (!button) return;
  // A link leads to the moment's page, for whoever has no player here.
  if (button.matches("a") && document.querySelector("[data-player]")) event.preventDefault();
  go(Number(button.dataset.go));
});

document.addEventListener("pointermove", (event) => {
  const shown = document.querySelector("[data-lane-hover]");
  if (!shown) return;
  const row = event.target.closest?.(".lanes[data-seek-lanes] .lane-row");
  shown.hidden = !row || event.pointerType === "touch";
  if (shown.hidden) return;
  const box = row.getBoundingClientRect();
  const around = shown.offsetParent.getBoundingClientRect();
  const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
  shown.textContent = clock(share * Number(slider().max));
  shown.style.left = `${event.clientX - around.left}px`;
  shown.style.top = `${box.top - around.top}px`;
});
