/* Times in the viewer's own zone: <time datetime data-time="relative|clock|time|day|date|on|log|tick">. */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const format = (options) => new Intl.DateTimeFormat(undefined, options);

const FULL = format({ dateStyle: "full", timeStyle: "long" });
const CLOCK = format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
const TIME = format({ hour: "numeric", minute: "2-digit" });
const DAY = format({ day: "numeric", month: "short" });
const DATE = format({ day: "numeric", month: "short", year: "numeric" });

const sameDay = (a, b) => a.toDateString() === b.toDateString();

function daysAway(at, now) {
  const day = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((day(at) - day(now)) / 86_400_000);
}

function day(at, now) {
  const away = daysAway(at, now);
  const names = { 0: "Today", 1: "Tomorrow", [-1]: "Yesterday" };
  const said = names[away] ?? (at.getFullYear() === now.getFullYear() ? DAY : DATE).format(at);
  return `${said}, ${TIME.format(at)}`;
}

function relative(at, now) {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size >= 86_400) return day(at, now);
  const spelled =
    size < 60 ? `${size} s` : size < 3600 ? `${Math.floor(size / 60)} min` : `${Math.floor(size / 3600)} h`;
  if (size < 2) return "now";
  return seconds < 0 ? `${spelled} ago` : `in ${spelled}`;
}

function tick(at, now) {
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

function left(at, now) {
  const seconds = Math.max(0, Math.floor((at - now) / 1000));
  const [days, hours, minutes] = [86_400, 3600, 60].map((size) => Math.floor(seconds / size));
  if (days >= 2) {
    const rest = hours - days * 24;
    return rest && days < 10 ? `${days} days ${rest} h` : `${days} days`;
  }
  if (hours >= 1) {
    const rest = minutes - hours * 60;
    return rest && hours < 10 ? `${hours} h ${rest} min` : `${hours} h`;
  }
  return minutes >= 2 ? `${minutes} min` : `${seconds} s`;
}

const STYLES = {
  left,
  relative,
  tick,
  day,
  clock: (at) => CLOCK.format(at),
  time: (at) => TIME.format(at),
  log: (at, now) => (sameDay(at, now) ? "" : `${DAY.format(at)}, `) + CLOCK.format(at),
  date: (at, now) => `${sameDay(at, now) ? "Today" : DATE.format(at)}, ${TIME.format(at)}`,
  on: (at, now) => `${sameDay(at, now) ? "today" : DATE.format(at)}, ${TIME.format(at)}`,
};

export function showTimes(root = document) {
  const now = new Date();
  for (const element of root.querySelectorAll("time[data-time]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.valueOf())) continue;
    const said = (STYLES[element.dataset.time] ?? relative)(at, now);
    if (element.textContent !== said) element.textContent = said;
    const soonS = Number(element.dataset.soonS);
    if (soonS) element.toggleAttribute("data-soon", at - now <= soonS * 1000);
    const full = `${FULL.format(at)} · ${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
    if (element.title !== full) element.title = full;
  }
}

function sayZone() {
  for (const input of document.querySelectorAll("[data-tz-form] input[name=tz]")) {
    input.value = zone;
  }
  for (const hint of document.querySelectorAll("[data-zone]")) {
    hint.textContent = `Your time, ${zone.replaceAll("_", " ")}.`;
  }
}

// Only while the picker can be open: what it would refuse is said by the server, in words.
function limitToFuture({ target, type }) {
  if (!target.matches?.("input[data-from-now]")) return;
  const now = new Date();
  const local = new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  if (type === "focusin") target.min = local;
  else target.removeAttribute("min");
}

export function start() {
  const all = () => {
    showTimes();
    sayZone();
  };
  all();
  setInterval(() => showTimes(), 1000);
  for (const type of ["focusin", "focusout"]) document.addEventListener(type, limitToFuture);
  document.addEventListener("htmx:after:swap", all);
}
