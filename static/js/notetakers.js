/* The notetaker names: whoever's button went away with what it did goes on where that is told. */

document.addEventListener("htmx:after:swap", () => {
  if (document.activeElement !== document.body) return;
  (document.querySelector("[data-toast=undo] button") ?? document.getElementById("add-said"))?.focus();
});
