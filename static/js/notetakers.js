/* The notetaker names: whoever's button went away with what it did goes on where that is told. */

document.addEventListener("htmx:after:swap", (event) => {
  const posted = event.detail.ctx.request?.method === "POST";
  if (!posted || document.activeElement !== document.body) return;
  (document.querySelector("[data-toast=undo] button") ?? document.getElementById("add-said"))?.focus();
});
