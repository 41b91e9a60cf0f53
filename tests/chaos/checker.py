"""Who was told what, and what came of it: two logs and a journal held against the dashboard.

It shares no code with the dashboard: it reads the sandbox's own file (what happened there, what
it sent, what reached it), the people's journal (what they ordered) and the dashboard's tables,
with plain SQL and JSON. Run it alone: `python -m tests.chaos.checker <sandbox.sqlite3>
<database url> <journal>`.
"""

import json
import sqlite3
import sys
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

# Webhook and API may name slightly different times for one and the same change.
SAME_S = 2.0
VERBS = {
    "pause": "pause_recording",
    "resume": "resume_recording",
    "stop": "stop_recording",
    "start": "start_recording",
    "leave": "leave_call",
}
TOLD = ("refused", "expired", "superseded")
UNCERTAIN = ("may or may not", "nothing shows", "before this was seen to happen")


@dataclass
class Events:
    """What the sandbox told, and what of it stands in the dashboard.

    `sent` are webhooks, each counted once however often it was tried; those that were dropped on
    purpose are among them, because they happened. A status is on the timeline by a row of its
    own; what happened to a recording or a file, by its row having come that far.
    """

    sent: int = 0
    on_the_timeline: int = 0
    lost: int = 0
    doubled: int = 0
    statuses: int = 0
    dropped: int = 0
    attempts: int = 0
    acknowledged: int = 0
    acknowledged_lost: int = 0
    invented: int = 0


@dataclass
class Orders:
    """What people ordered, and what reached the sandbox of it.

    `told` had no effect and say why (refused, expired, superseded); of the carried out,
    `uncertain` are shown as of unknown outcome, `misreported` as if they had not happened.
    `already` are leaves of bots that had left by themselves meanwhile, and are shown as done.
    """

    given: int = 0
    carried_out: int = 0
    lost: int = 0
    doubled: int = 0
    told: int = 0
    already: int = 0
    uncertain: int = 0
    misreported: int = 0
    unmeant: int = 0


@dataclass
class Report:
    events: Events = field(default_factory=Events)
    orders: Orders = field(default_factory=Orders)
    problems: list[str] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, invented or misreported."""
        events, orders = self.events, self.orders
        return not (
            events.lost
            or events.doubled
            or events.invented
            or events.acknowledged_lost
            or orders.lost
            or orders.doubled
            or orders.misreported
            or orders.unmeant
        )


@dataclass(frozen=True)
class Happened:
    """One webhook of the sandbox's: of which thing (bot, recording, file), which code, when."""

    message: str
    family: str
    thing: str
    code: str
    sub_code: str
    at: float
    dropped: bool


def check(sandbox: Path, database_url: str, journal: Path) -> Report:
    """Compare; reads only."""
    report = Report()
    with (
        sqlite3.connect(f"file:{sandbox}?mode=ro", uri=True) as theirs,
        psycopg.connect(database_url) as ours,
    ):
        happened = list(_happened(theirs))
        report.events.sent = len(happened)
        report.events.dropped = sum(each.dropped for each in happened)
        _check_statuses(report, [h for h in happened if h.family == "bot"], theirs, ours)
        _check_things(report, [h for h in happened if h.family != "bot"], ours)
        _check_acknowledged(report, theirs, ours)
        _check_orders(report, _lines(journal), theirs, ours)
    return report


def _happened(theirs: sqlite3.Connection) -> Iterable[Happened]:
    sql = "SELECT id, event, body, tries, due_at, delivered_at FROM sandbox_message"
    for message, event, body, tries, due_at, delivered_at in theirs.execute(sql):
        data = json.loads(body)["data"]
        family = event.partition(".")[0]
        yield Happened(
            message,
            family,
            data[family]["id"],
            data["data"]["code"],
            data["data"]["sub_code"] or "",
            datetime.fromisoformat(data["data"]["updated_at"]).timestamp(),
            tries == 0 and due_at is None and delivered_at is None,
        )


def _check_statuses(
    report: Report, told: list[Happened], theirs: sqlite3.Connection, ours: Any
) -> None:
    """Each status that was told has exactly one row; no row says what never happened."""
    rows: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for bot, code, sub_code, at in ours.execute(
        "SELECT b.recall_id, s.code, s.sub_code, s.at FROM bots_statuschange s"
        " JOIN bots_bot b ON b.id = s.bot_id"
    ):
        rows[str(bot), code, sub_code].append(at.timestamp())
    events = report.events
    events.statuses = len(told)
    for each in told:
        near = rows[each.thing, each.code, each.sub_code]
        found = [at for at in near if abs(at - each.at) <= SAME_S]
        if found:
            near.remove(min(found, key=lambda at, each=each: abs(at - each.at)))
            events.on_the_timeline += 1
        else:
            events.lost += 1
            report.problems.append(f"lost: {each}")
    # What is left was told by the API alone, or is one too many, or never happened.
    lived = _lived(theirs)
    by_webhook = {(each.thing, each.code, each.sub_code) for each in told}
    for (bot, code, sub_code), left in rows.items():
        for at in left:
            if (bot, code, sub_code) in by_webhook:
                events.doubled += 1
                report.problems.append(f"doubled: {bot} {code} {sub_code} {at}")
            elif not any(abs(at - known) <= SAME_S for known in lived[bot, code]):
                events.invented += 1
                report.problems.append(f"invented: {bot} {code} {sub_code} {at}")
            else:
                lived[bot, code].remove(
                    min(lived[bot, code], key=lambda known, at=at: abs(at - known))
                )


def _lived(theirs: sqlite3.Connection) -> dict[tuple[str, str], list[float]]:
    """Every status that each bot went through, by the sandbox's own account of its life."""
    lived: dict[tuple[str, str], list[float]] = defaultdict(list)
    for bot, frozen in theirs.execute("SELECT id, frozen FROM sandbox_bot"):
        for status in json.loads(frozen)["statuses"] if frozen else ():
            lived[str(uuid.UUID(bot)), status["code"]].append(status["at"])
    return lived


def _check_things(report: Report, told: list[Happened], ours: Any) -> None:
    """Recordings and files: one row each, which has come as far as it was told."""
    rows: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
    for thing, status, at in ours.execute(
        "SELECT recall_id, status, status_at FROM bots_recording"
    ):
        rows["recording", str(thing)].append((status, at.timestamp()))
    for kind, thing, status, at in ours.execute(
        "SELECT kind, recall_id, status, status_at FROM bots_artifact"
    ):
        rows[kind, str(thing)].append((status, at.timestamp()))
    by_thing: dict[tuple[str, str], list[Happened]] = defaultdict(list)
    for each in told:
        by_thing[each.family, each.thing].append(each)
    events = report.events
    for key, history in by_thing.items():
        found = rows[key]
        events.doubled += max(len(found) - 1, 0)
        last = max(history, key=lambda each: each.at)
        for each in history:
            # A look may have told what came later still, of which no webhook came.
            came_so_far = any(
                at >= each.at - SAME_S and (each is not last or status == each.code or at > each.at)
                for status, at in found
            )
            if came_so_far:
                events.on_the_timeline += 1
            else:
                events.lost += 1
                report.problems.append(f"lost: {each}; we have {found}")
        if len(found) > 1:
            report.problems.append(f"doubled: {key}")
    for key, found in rows.items():
        if key not in by_thing:
            events.invented += len(found)
            report.problems.append(f"invented: {key} {found}")


def _check_acknowledged(report: Report, theirs: sqlite3.Connection, ours: Any) -> None:
    """Whatever was answered 2xx is kept, once."""
    kept = Counter(row[0] for row in ours.execute("SELECT message_id FROM bots_delivery"))
    events = report.events
    (events.attempts,) = theirs.execute("SELECT count(*) FROM sandbox_attempt").fetchone()
    sql = "SELECT DISTINCT message_id FROM sandbox_attempt WHERE status BETWEEN 200 AND 299"
    for (message,) in theirs.execute(sql):
        events.acknowledged += 1
        if kept[message] != 1:
            events.acknowledged_lost += 1
            report.problems.append(f"answered 2xx, kept {kept[message]} times: {message}")


def _check_orders(
    report: Report, given: list[dict[str, str]], theirs: sqlite3.Connection, ours: Any
) -> None:
    bots: dict[str, list[str]] = defaultdict(list)
    for bot, metadata in theirs.execute("SELECT id, metadata FROM sandbox_bot"):
        bots[json.loads(metadata).get("recalldash_order", "")].append(bot)
    effects = _effects(theirs)
    shown = {
        token: (state, error)
        for token, state, error in ours.execute("SELECT token, state, error FROM bots_order")
    }
    lived = _lived(theirs)
    orders = report.orders
    meant: Counter[tuple[str, str]] = Counter()
    for each in given:
        orders.given += 1
        sent = bots[each["sent_as"]]
        if each["action"] == "send":
            count = len(sent)
        else:
            verb = VERBS[each["action"]]
            count = sum(effects[bot, verb] for bot in sent)
            meant.update((bot, verb) for bot in sent)
        state, error = shown.get(each["token"], ("missing", ""))
        says_why = state in TOLD and bool(error)
        if count > 1:
            orders.doubled += 1
            report.problems.append(f"doubled: {each} {count} times")
        if count:
            orders.carried_out += 1
            if says_why and any(word in error for word in UNCERTAIN):
                orders.uncertain += 1
            elif state not in ("accepted", "confirmed"):
                orders.misreported += 1
                report.problems.append(f"carried out, but shown as {state} ({error}): {each}")
        elif each["action"] == "leave" and state == "confirmed" and _has_left(lived, sent):
            orders.already += 1
        elif says_why:
            orders.told += 1
            report.told[f"{each['action']} {state}: {error}"] += 1
        else:
            orders.lost += 1
            report.problems.append(f"lost: {each}, shown as {state} {error}")
    for (bot, verb), count in effects.items():
        if count > meant[bot, verb]:
            orders.unmeant += 1
            report.problems.append(f"nobody ordered: {verb} of {bot}")
    ordered = {each["token"] for each in given if each["action"] == "send"}
    for token, found in bots.items():
        if token not in ordered:
            orders.unmeant += len(found)
            report.problems.append(f"nobody sent: {found}")


def _has_left(lived: dict[tuple[str, str], list[float]], bots: list[str]) -> bool:
    ids = [str(uuid.UUID(bot)) for bot in bots]
    return bool(ids) and all(lived[bot, "call_ended"] or lived[bot, "fatal"] for bot in ids)


def _effects(theirs: sqlite3.Connection) -> Counter[tuple[str, str]]:
    """How often each command took effect on each bot: repeats with one key are one."""
    kept = Counter(
        (bot, kind) for bot, kind in theirs.execute("SELECT bot_id, kind FROM sandbox_order")
    )
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    sql = (
        "SELECT path, idempotency_key FROM sandbox_call"
        " WHERE method = 'POST' AND status BETWEEN 200 AND 299"
    )
    for path, key in theirs.execute(sql):
        parts = path.strip("/").split("/")
        if parts[-1] in VERBS.values():
            keys[uuid.UUID(parts[-2]).hex, parts[-1]].add(key)
    for what, used in keys.items():
        kept[what] = max(kept[what], len(used))
    return kept


def _lines(journal: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in journal.read_text().splitlines()]


def table(report: Report) -> str:
    """The report as people read it."""
    events, orders = report.events, report.orders
    rows = [
        ("", "sent", "on the timeline", "lost", "doubled"),
        ("events", events.sent, events.on_the_timeline, events.lost, events.doubled),
        ("", "given", "carried out", "lost", "doubled"),
        ("orders", orders.given, orders.carried_out, orders.lost, orders.doubled),
    ]
    lines = [
        f"{name:<8}{first!s:>9}{second!s:>17}{lost!s:>7}{doubled!s:>9}"
        for name, first, second, lost, doubled in rows
    ]
    lines.append("")
    lines.append(
        f"Of the events {events.statuses} were statuses; {events.dropped} were dropped on the way "
        f"on purpose; {events.attempts} deliveries were tried. Answered 2xx and not kept: "
        f"{events.acknowledged_lost} of {events.acknowledged}. Never happened: {events.invented}."
    )
    lines.append(
        f"Of the orders {orders.told} were not carried out and say why (refused, expired, "
        f"superseded); {orders.already} leaves came when the bot had left by itself; "
        f"{orders.uncertain} of the carried out are shown as uncertain, "
        f"{orders.misreported} wrongly. Carried out, but never ordered: {orders.unmeant}."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    found = check(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    print(f"{datetime.now(UTC):%H:%M:%S}")
    print("\n".join([*found.problems[:50], *(f"{n} × {why}" for why, n in found.told.items())]))
    print(table(found))
    sys.exit(not found.is_clean)
