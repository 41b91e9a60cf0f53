// One press is one order: the second click of the same hand reaches no other button.

const HAND_MS = 600;

let orderedAt = -Infinity;
let ordered = "";

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button, a");
    if (!button || !event.detail) return; // keys and scripts mean the button that they press
    const place = button.closest(".control")?.id;
    const hasty = place && place !== ordered && event.timeStamp - orderedAt < HAND_MS;
    // A sheet may open under the pointer that opened it.
    if (hasty || (event.detail > 1 && button.closest(".sheet-actions"))) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (place && button.closest("form[data-order]")) {
      orderedAt = event.timeStamp;
      ordered = place;
    }
  },
  true,
);
