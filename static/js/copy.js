// Copies what stands in a field; the button says that it did.

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.querySelector(button.dataset.copy);
  field.select();
  const label = button.lastChild;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(field.value);
    label.textContent = " Copied";
  } catch {
    label.textContent = " Press Ctrl+C";
  }
  setTimeout(() => { label.textContent = before; }, 2000);
});
