// One press is one order: the second click of the same hand reaches no other button.

const HAND_MS = 600;
const HAND_PX = 12; // A hand that moved further has aimed at what it then presses.

let ordered = { at: -Infinity, place: "", x: 0, y: 0 };

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button, a");
    if (!button || !event.detail) return; // keys and scripts mean the button that they press
    const place = button.closest(".control")?.id;
    const hasty =
      place &&
      place !== ordered.place &&
      event.timeStamp - ordered.at < HAND_MS &&
      Math.hypot(event.clientX - ordered.x, event.clientY - ordered.y) < HAND_PX;
    // A sheet may open under the pointer that opened it.
    if (hasty || (event.detail > 1 && button.closest(".sheet-actions"))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (place && button.closest("form[data-order]")) {
      ordered = { at: event.timeStamp, place, x: event.clientX, y: event.clientY };
    }
  },
  true,
);
