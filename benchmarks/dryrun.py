"""How fast a dry run is: `python benchmarks/dryrun.py [meetings]`, in a database of its own.

Makes that many different meetings of an hour (1,000 by default), each of at least eight people and
500 events, and tries two policies on them, loading included. DATABASE_URL picks the database
server; without it, SQLite in a temporary folder. The numbers to beat stand in README.md.
"""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
FOLDER = tempfile.mkdtemp(prefix="recalldash-benchmark-")
os.environ["DATA_DIR"] = FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "recalldash.settings"

import django  # noqa: E402

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bots import policy, trials  # noqa: E402
from bots.dryrun import Trial, sentence, total  # noqa: E402
from bots.models import (  # noqa: E402
    Bot,
    DryRun,
    Participant,
    ParticipantEvent,
    Recording,
    StatusChange,
    Team,
    Workspace,
)

HOUR_S = 3600
PEOPLE = 8
EVENTS = 500
START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
NAMES = ("Amara Okafor", "Jonas Weber", "Mei Tanaka", "Luis Ortega", "Priya Nair", "Ada Lind")
NOTETAKERS = ("Otter.ai", "Fathom Notetaker", "Read.ai meeting notes", "tl;dv recorder")


def make(team: Team, meetings: int) -> int:
    """Meetings as they stand in the database after they were fetched; how many events."""
    random, made = Random(3), 0
    for n in range(meetings):
        with transaction.atomic():
            made += meeting(team, START + timedelta(hours=n), random)
    return made


def meeting(team: Team, start: datetime, random: Random) -> int:
    """One meeting: people come, talk, fall silent, share, and most of them go before the end."""
    at = lambda s: start + timedelta(seconds=s)  # noqa: E731
    end_s = HOUR_S + random.randint(0, 300)
    bot = Bot.objects.create(
        workspace=team.workspace,
        team=team,
        recall_id=uuid.uuid4(),
        name="Acme Notetaker",
        meeting_url="https://meet.google.com/abc-defg-hij",
        platform="google_meet",
        created_at=start,
        phase="finished",
        started_at=start,
        ended_at=at(end_s + 3),
    )
    told = [
        ("joining_call", 0.0),
        ("in_waiting_room", 2.0),
        ("in_call_not_recording", 10.0),
        ("in_call_recording", 10.2),
        ("call_ended", end_s),
        ("done", end_s + 3),
    ]
    StatusChange.objects.bulk_create(
        StatusChange(
            bot=bot,
            code=code,
            sub_code="call_ended_by_host" if code == "call_ended" else "",
            at=at(second),
            source="sync",
            learnt_at=at(second),
        )
        for code, second in told
    )
    recording = Recording.objects.create(
        workspace=team.workspace,
        bot=bot,
        recall_id=uuid.uuid4(),
        status="done",
        status_at=at(end_s),
        created_at=at(10.2),
        started_at=at(10.2),
        completed_at=at(end_s),
        details_at=at(end_s + 60),
    )
    names = [f"{random.choice(NAMES)} {n}" for n in range(PEOPLE - 2)]
    names += random.sample(NOTETAKERS, random.randint(2, 4))
    people = Participant.objects.bulk_create(
        Participant(bot=bot, number=100 * n, name=name) for n, name in enumerate(names, 1)
    )
    rows = sorted(happenings(people, end_s, random), key=lambda row: row[0])
    ParticipantEvent.objects.bulk_create(
        ParticipantEvent(
            recording=recording,
            participant=person,
            action=action,
            at=at(second),
            offset_s=second - 10.2,
        )
        for second, action, person in rows
    )
    return len(rows)


def happenings(
    people: list[Participant], end_s: float, random: Random
) -> Iterator[tuple[float, str, Participant]]:
    talkers = people[: PEOPLE - 2]
    for person in people:
        yield 11 + random.uniform(0, 50), "join", person
    over = end_s * random.uniform(0.5, 1)
    for person in talkers:
        yield over + random.uniform(0, 60), "leave", person
    second, turn_s = 65.0, 2 * (over - 65) / EVENTS
    for _ in range(EVENTS // 2):
        length = random.uniform(1, turn_s)
        person = random.choice(talkers)
        yield second, "speech_on", person
        yield second + length, "speech_off", person
        second += turn_s


def database() -> dict[str, Any]:
    return connection.settings_dict


def run(team: Team) -> tuple[DryRun, float, int]:
    """One whole dry run, loading included: what came of it, its seconds and its queries."""
    before, after = (
        policy.Rules.read(policy.PRESETS[name]).as_json() for name in ("safe", "aggressive")
    )
    with CaptureQueriesContext(connection) as asked:
        begun = perf_counter()
        made = trials.start(
            team, before=("Safe", before), after=("Aggressive", after), by=None, now=START
        )
        trials.work(made.pk, clock=lambda: datetime.now(UTC), seconds=600)
        took = perf_counter() - begun
    made.refresh_from_db()
    assert made.state == DryRun.State.FINISHED, made.error
    return made, took, len(asked)


def main(meetings: int) -> None:
    connection.creation.create_test_db(verbosity=0)
    try:
        workspace = Workspace.objects.create(slug="bench", name="Bench")
        team = workspace.teams.create(name="Sales")
        events = make(team, meetings)
        print(f"{connection.vendor}: {meetings} meetings, {events} events")
        for _ in range(3):
            made, took, queries = run(team)
            tried_s = len(made.results) * HOUR_S
            print(
                f"{took:.2f} s, {queries} queries, {events / took:,.0f} events per second, "
                f"{tried_s / took:,.0f} seconds of meeting per second"
            )
        print(sentence(total(Trial.read(row) for row in made.results)))
    finally:
        connection.creation.destroy_test_db(database()["NAME"], verbosity=0)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
