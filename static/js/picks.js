/* Choosing several bots of a list: how many are chosen, all of them, none of them. */

const picks = () => [...document.querySelectorAll("[data-pick]")];

function show() {
  const all = picks();
  const chosen = all.filter((pick) => pick.checked).length;
  for (const count of document.querySelectorAll("[data-pick-count]")) {
    count.textContent = chosen === 1 ? "1 bot chosen" : `${chosen} bots chosen`;
  }
  for (const box of document.querySelectorAll("[data-pick-all]")) {
    box.checked = chosen > 0 && chosen === all.length;
    box.indeterminate = chosen > 0 && chosen < all.length;
  }
}

function choose(checked) {
  for (const pick of picks()) pick.checked = checked;
  show();
}

document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-pick-all]")) choose(target.checked);
  else if (target.matches?.("[data-pick]")) show();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-pick-none]")) choose(false);
});

// A list that was loaded anew may have lost some of what was chosen.
document.addEventListener("htmx:after:swap", show);
addEventListener("pageshow", show);
