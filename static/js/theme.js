/* Sets the chosen theme before the first paint, and says that scripts run. */
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const chosen = localStorage.getItem("theme");
  if (chosen) root.dataset.theme = chosen;
})();
