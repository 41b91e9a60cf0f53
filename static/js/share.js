// The form of a share link: its moment is where the player is.

const FIRST_S = 60;

const spelt = (seconds) => {
  const whole = Math.max(Math.floor(seconds), 0);
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};
const player = () => document.querySelector("[data-player] :is(video, audio)");
const field = (form, name) => form.querySelector(`[name=share-${name}]`);
const fill = (input, seconds) => {
  const end = player()?.duration;
  input.value = spelt(Number.isFinite(end) ? Math.min(seconds, end) : seconds);
};

// Without a player on this page there is no "here".
const offer = () => {
  for (const button of document.querySelectorAll("[data-place]")) button.hidden = !player();
};
offer();
document.addEventListener("htmx:after:swap", offer);

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-place]");
  if (button && player()) {
    fill(document.getElementById(button.dataset.place), player().currentTime);
    button.closest("form").querySelector("[name=share-what][value=moment]").checked = true;
    return;
  }
  const opener = event.target.closest?.("[data-share]");
  const box = opener && document.querySelector("[data-share-new]");
  if (box) box.open = true;
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.(".share-form");
  if (!form || event.target.name !== "share-what" || event.target.value !== "moment") return;
  const [start, end] = [field(form, "start"), field(form, "end")];
  if (!player() || start.value || end.value) return;
  fill(start, player().currentTime);
  fill(end, player().currentTime + FIRST_S);
});
