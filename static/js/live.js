/* One stream per browser and workspace, shared by all of its tabs.

   The tab that holds the lock is the leader: it reads /events and passes everything on to the
   other tabs. Each tab then has the elements refreshed that a change concerns: those with
   data-live="bots", "bot-12" or "any" (several words may stand there) get a `live` event, upon
   which htmx loads them anew. What the stream says of a bot by itself is shown before that, where
   data-standing="12" or data-since="12" stands. When nothing is heard, not even a beat, the page says how old it
   is and refreshes itself by plain requests until the stream is back. */

const COALESCE_MS = 100;
const ONCE_MORE_MS = 1500;
const AGAIN_MS = 1000;
const SILENT_MS = 10_000;
const CATCH_UP_MS = 15_000;
const LONGEST_WAIT_MS = 6_000;

const slug = document.body.dataset.liveWorkspace;
const name = `recalldash-live-${slug}`;
const age = document.getElementById("age");

let cursor = document.body.dataset.liveAfter || "0.0";
let heardAt = 0;
let freshAt = Date.now();
let caughtUpAt = Date.now();
let stopped = false;
let isReachable = true;
let leads = false;

/* Places in the feed */

function place(text) {
  const [tx = "0", id = "0"] = text.split(".");
  return [BigInt(tx || 0), BigInt(id || 0)];
}

function isAfter(one, other) {
  const [a, b] = [place(one), place(other)];
  return a[0] === b[0] ? a[1] > b[1] : a[0] > b[0];
}

/* Having elements refreshed */

// Lists of all, which everybody looks at, are asked for by turns where the stream says that many
// do; what concerns one bot soon.
const NEAR_SHARE = 0.1;
// Whoever has pressed a button waits for no turn.
const IMPATIENT_MS = 30_000;
const queue = () => ({ concerned: new Set(), timer: 0, withinMs: 0, last: -Infinity });
const queues = { near: queue(), far: queue() };

let pressedAt = -Infinity;

function refresh(bot, withinMs = 0) {
  const word = bot === null || bot === undefined ? "all" : `bot-${bot}`;
  if (performance.now() - pressedAt < IMPATIENT_MS) withinMs = 0;
  plan(queues.near, word, withinMs * NEAR_SHARE);
  plan(queues.far, word, withinMs);
}

/* Some time within so long, and no more often; what waits already goes along with it. */
function plan(queue, word, withinMs) {
  queue.concerned.add(word);
  if (queue.timer && queue.withinMs <= withinMs) return;
  const turn = Math.random() * withinMs;
  const rest = queue.last + withinMs - performance.now();
  queue.withinMs = withinMs;
  wait(queue, Math.max(COALESCE_MS + turn, rest));
}

function wait(queue, ms) {
  clearTimeout(queue.timer);
  queue.timer = setTimeout(dispatch, ms, queue);
}

function dispatch(queue) {
  // Nobody would be asked; and what has changed is not told once more.
  if (!isReachable) return wait(queue, AGAIN_MS);
  const concerned = new Set(queue.concerned);
  queue.timer = 0;
  queue.last = performance.now();
  queue.concerned.clear();
  const all = concerned.has("all");
  for (const element of document.querySelectorAll("[data-live]")) {
    const words = element.dataset.live.split(" ");
    const isOfMany = words.some((word) => word === "any" || word === "bots");
    if (isOfMany !== (queue === queues.far)) continue;
    if (all || isOfMany || words.some((word) => concerned.has(word))) {
      element.dispatchEvent(new CustomEvent("live"));
    }
  }
}

/* How bots stand is seen before anything is asked for, and again when an answer comes that was on
   its way before. */

const standings = new Map();
const KEPT_MS = 120_000;

function stand(message) {
  if (!message.mark) return;
  const now = performance.now();
  for (const [bot, { at }] of standings) if (now - at > KEPT_MS) standings.delete(bot);
  standings.set(message.bot, { ...message, at: now });
  paint(message);
}

function paint({ bot, mark, since }) {
  for (const element of document.querySelectorAll(`[data-standing="${bot}"]`)) {
    if (element.innerHTML.trim() === mark) continue;
    element.innerHTML = mark;
    const said = element.closest("[data-said]");
    if (said) said.dataset.said = said.dataset.said.replace(/[^:]*$/, ` ${element.textContent}`);
  }
  for (const time of document.querySelectorAll(`[data-since="${bot}"] time[data-time=tick]`)) {
    if (since) time.dateTime = since;
    else time.removeAttribute("data-time"); // its clock stands still
  }
  document.dispatchEvent(new CustomEvent("painted"));
}

/* A word in a meeting concerns only who follows it (data-live="said-12"). The feed tells of a bot
   once a second at most, so whoever follows looks once more when the last second is over. */

const spoken = new Set();
const later = new Map();
let spokenDue = 0;

function whisper(bot) {
  const word = `said-${bot}`;
  spoken.add(word);
  spokenDue ||= setTimeout(dispatchSaid, COALESCE_MS);
  clearTimeout(later.get(word));
  later.set(
    word,
    setTimeout(() => {
      later.delete(word);
      spoken.add(word);
      dispatchSaid();
    }, ONCE_MORE_MS),
  );
}

function dispatchSaid() {
  clearTimeout(spokenDue);
  spokenDue = 0;
  for (const word of spoken) {
    for (const element of document.querySelectorAll(`[data-live~="${word}"]`)) {
      element.dispatchEvent(new CustomEvent("live"));
    }
  }
  spoken.clear();
}

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx?.response?.status !== 200) return;
  freshAt = Date.now();
  for (const told of standings.values()) if (told.at > ctx.askedAt) paint(told);
  // The server is there again: no need to wait for the stream's next attempt.
  if (reopening) openAtOnce();
});

// What a page asks for by itself is not asked for while nobody answers.
document.addEventListener("htmx:before:request", (event) => {
  const { sourceElement: element, request } = event.detail.ctx;
  event.detail.ctx.askedAt = performance.now();
  if (request.method !== "GET") pressedAt = performance.now();
  if (!element.matches?.("[data-live][hx-get]")) return;
  if (!isReachable) event.preventDefault();
  // One that has waited behind a filter asks for what is shown by now, not for what was then.
  const { pathname, search } = new URL(element.getAttribute("hx-get"), location.href);
  request.action = pathname + search;
});

async function catchUp() {
  try {
    await fetch(`/w/${slug}/notices/`, { redirect: "manual", cache: "no-store" });
  } catch {
    return; // Still away; the page goes on saying how old it is.
  }
  isReachable = true;
  refresh(null);
}

/* What a stream says, whether our own or another tab's */

function hear(message) {
  heardAt = freshAt = Date.now();
  isReachable = true;
  if (message.kind === "change") {
    // Another tab's stream may say once more what this page has asked about since.
    if (isAfter(message.id, cursor)) {
      cursor = message.id;
      stand(message);
    }
    refresh(message.bot, message.within_ms);
  } else if (message.kind === "said") {
    if (isAfter(message.id, cursor)) cursor = message.id;
    whisper(message.bot);
  } else if (message.kind === "reload") {
    refresh(null, message.within_ms);
  }
  showAge();
}

const channel = "BroadcastChannel" in window ? new BroadcastChannel(name) : null;

function tell(message) {
  hear(message);
  channel?.postMessage(message);
}

channel?.addEventListener("message", ({ data }) => {
  if (data.kind === "hello") {
    // A tab that has just opened: its page may be older than what this stream has told already.
    if (leads) channel.postMessage({ kind: "at", id: cursor });
  } else if (data.kind === "at") {
    heardAt = freshAt = Date.now();
    if (isAfter(data.id, cursor)) {
      cursor = data.id;
      refresh(null);
    }
    showAge();
  } else if (data.kind === "stop") {
    stop(data.why);
  } else {
    hear(data);
  }
});

/* The stream itself */

let source = null;
let attempts = 0;
let reopening = 0;

function open() {
  clearTimeout(reopening);
  reopening = 0;
  if (stopped || source) return;
  const query = new URLSearchParams({ workspace: slug, after: cursor });
  source = new EventSource(`/events?${query}`);
  for (const kind of ["change", "said"]) {
    source.addEventListener(kind, (event) => {
      tell({ ...JSON.parse(event.data), kind, id: event.lastEventId });
    });
  }
  source.addEventListener("beat", () => {
    attempts = 0;
    tell({ kind: "beat" });
  });
  source.addEventListener("reload", (event) => tell({ ...JSON.parse(event.data), kind: "reload" }));
  source.addEventListener("error", () => {
    // Reconnecting is done here, with some chance in it, so that a restarted server is not met by
    // every browser at once; `after` says where to go on.
    const refused = source.readyState === EventSource.CLOSED;
    close();
    isReachable = false;
    attempts += 1;
    const wait = Math.min(500 * 2 ** attempts, LONGEST_WAIT_MS) * (0.5 + Math.random());
    reopening = setTimeout(refused ? reopenUnlessSignedOut : open, wait);
  });
}

function openAtOnce() {
  attempts = 0;
  if (reopening) open();
}

function close() {
  source?.close();
  source = null;
}

async function reopenUnlessSignedOut() {
  try {
    const answer = await fetch(`/w/${slug}/notices/`, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) {
      stop("Signed out");
      channel?.postMessage({ kind: "stop", why: "Signed out" });
      return;
    }
  } catch {
    // The server is away: try the stream again, it waits longer each time.
  }
  open();
}

function stop(why) {
  stopped = true;
  close();
  clearTimeout(reopening);
  clearInterval(ticking);
  say("stale", why);
}

/* How old the page is */

function say(state, words) {
  if (!age) return;
  age.dataset.state = state;
  if (age.textContent !== words) age.textContent = words;
  age.setAttribute("aria-label", state === "live" ? "Live updates: on" : words);
}

function showAge() {
  if (stopped) return;
  const now = Date.now();
  const silent = now - (heardAt || freshAt);
  if (heardAt && silent <= SILENT_MS) {
    caughtUpAt = now;
    say("live", "Live");
    return;
  }
  if (!heardAt && silent <= SILENT_MS) return;
  const old = now - freshAt;
  say("stale", `Not live: ${spell(old)} old`);
  if (now - caughtUpAt >= CATCH_UP_MS && !document.hidden && navigator.onLine) {
    caughtUpAt = now;
    catchUp();
  }
}

function spell(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

let ticking = 0;

export function start() {
  if (!slug) return;
  ticking = setInterval(showAge, 1000);
  addEventListener("online", () => {
    openAtOnce();
    catchUp();
  });
  if (channel && navigator.locks) {
    channel.postMessage({ kind: "hello" });
    // Held until this tab is gone; then the next one in line leads, from where it has got to.
    navigator.locks.request(name, () => {
      leads = true;
      open();
      return new Promise(() => {});
    });
    return;
  }
  // A stream of our own takes one of the browser's few connections: only while somebody looks.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  if (!document.hidden) open();
}

/* After a button was pressed, whether or not the stream is there. */
export function refreshAll() {
  isReachable = true;
  refresh(null);
}
