/* Live words on a bot's page: the newest are fetched and put in their place; the list follows
   them unless somebody scrolled up. Lanes, people and chat are on the page's own panel, which is
   asked for anew at a calm rate. */

const CALM_MS = 5000;
// Older lines are on the recording's page afterwards.
const MOST_LINES = 500;
const NEAR_PX = 40;

const busy = new WeakMap();

// Not bubbling, so that a panel does not take its section's news for its own.
document.addEventListener(
  "live",
  (event) => {
    if (event.target.id !== "live-said") return;
    look(event.target);
    calmly(event.target);
  },
  true,
);

async function look(section) {
  if (busy.has(section)) {
    busy.set(section, true);
    return;
  }
  busy.set(section, false);
  try {
    const keys = [...section.querySelectorAll("[data-key]")].map((line) => Number(line.dataset.key));
    const answer = await fetch(`${section.dataset.news}?after=${Math.max(0, ...keys)}`, {
      headers: { "HX-Request": "true" },
      redirect: "manual",
      cache: "no-store",
    });
    if (answer.ok) merge(section, new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // Away: the page says how old it is, and the next news asks again.
  } finally {
    const again = busy.get(section);
    busy.delete(section);
    if (again) look(section);
  }
}

function merge(section, news) {
  const scroll = section.querySelector("[data-scroll]");
  const lines = section.querySelector("[data-lines]");
  if (!news.querySelector("[data-state]")) return;
  const stays = isAtEnd(scroll);
  for (const line of news.querySelectorAll("[data-lines] > li")) {
    const known = lines.querySelector(`#${line.id}`);
    if (known) known.replaceWith(line);
    else place(lines, line);
  }
  section.querySelector("[data-speaking]").replaceWith(news.querySelector("[data-speaking]"));
  const [state, now] = [section, news].map((where) => where.querySelector("[data-state]"));
  // Said aloud only when it is another sentence.
  if (state.textContent !== now.textContent) {
    state.className = now.className;
    state.replaceChildren(...now.childNodes);
  }
  scroll.hidden = !lines.children.length && !section.querySelector(".uncertain");
  if (stays) {
    while (lines.children.length > MOST_LINES) lines.firstElementChild.remove();
    toEnd(scroll);
  }
  showWay(section);
}

function isBefore(one, other) {
  const [a, b] = [one, other].map((line) => Number(line.dataset.recording));
  if (a !== b) return a < b;
  // What has no time came when it came.
  if (!one.dataset.start || !other.dataset.start) return true;
  return Number(one.dataset.start) <= Number(other.dataset.start);
}

function place(lines, line) {
  let before = lines.lastElementChild;
  while (before && !isBefore(before, line)) before = before.previousElementSibling;
  if (before) before.after(line);
  else lines.prepend(line);
}

/* Following */

let follows = true;

function isAtEnd(scroll) {
  return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_PX;
}

function toEnd(scroll) {
  scroll.scrollTop = scroll.scrollHeight;
}

function showWay(section) {
  const scroll = section.querySelector("[data-scroll]");
  section.querySelector("[data-newest]").hidden = isAtEnd(scroll);
}

document.addEventListener(
  "scroll",
  (event) => {
    const section = event.target.closest?.("#live-said");
    if (!section) return;
    follows = isAtEnd(event.target);
    showWay(section);
  },
  true,
);

// Narrower lines are more lines.
addEventListener("resize", () => {
  const scroll = document.querySelector("#live-said [data-scroll]");
  if (scroll && follows) toEnd(scroll);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("#live-said [data-newest]");
  if (!button) return;
  const scroll = button.closest("#live-said").querySelector("[data-scroll]");
  toEnd(scroll);
  // The button goes; whoever uses the keyboard goes on where the words are.
  scroll.focus({ preventScroll: true });
});

function begin() {
  const section = document.getElementById("live-said");
  const scroll = section?.querySelector("[data-scroll]");
  if (scroll && !scroll.dataset.begun) {
    scroll.dataset.begun = "yes";
    toEnd(scroll);
    // One that came with a part of the page is empty.
    if (!section.querySelector("[data-state]").textContent) look(section);
  }
}

begin();
document.addEventListener("htmx:after:swap", begin);

/* The rest of the page, calmly */

let calledAt = 0;
let called = 0;

function calmly(section) {
  if (called) return;
  called = setTimeout(
    () => {
      called = 0;
      calledAt = Date.now();
      section.closest("[data-calm]")?.dispatchEvent(new CustomEvent("calm"));
    },
    Math.max(0, calledAt + CALM_MS - Date.now()),
  );
}
