"""Dry runs from the database: what is loaded, how far a worker goes, who goes on after it died."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from bots import policy, tasks, trials
from bots.dryrun import Trial, total
from bots.models import Bot, DryRun, ParticipantEvent, StatusChange, Team
from bots.sandbox import scenarios
from bots.sandbox.call import Command
from tests.dryrun.played import CONFIG, Played, acts_of, moment, play_out, told
from tests.world import NOW, at, make_bot, make_workspace

pytestmark = pytest.mark.django_db

A_TRIAL: dict[str, Any] = {
    "bot": 1,
    "origin": NOW.timestamp(),
    "before": {"at_s": 900.0, "rule": "", "beyond": False, "inferred": False, "doubt": ""},
    "after": {
        "at_s": 300.0,
        "rule": "silence_detection",
        "beyond": False,
        "inferred": True,
        "doubt": "",
    },
    "outcome": "earlier",
    "saved_s": 600.0,
    "harm": ["Ann Archer spoke 2:00 later."],
    "harmed": False,
    "ending": "call_ended_by_host",
}


def rules(preset: str) -> dict[str, Any]:
    return policy.Rules.read(policy.PRESETS[preset]).as_json()


BALANCED = ("Version 1, in force", rules("balanced"))
AGGRESSIVE = ("Your changes", rules("aggressive"))
SAFE = ("Version 2", rules("safe"))


def keep(workspace, played: Played, **fields: Any) -> Bot:
    """What the dashboard would have kept of a meeting that the sandbox played."""
    story = played.story
    bot = make_bot(
        workspace,
        phase="finished",
        started_at=moment(story.statuses[0].at),
        created_at=moment(story.statuses[0].at),
        **fields,
    )
    for status in story.statuses:
        StatusChange.objects.create(
            bot=bot,
            code=status.code,
            sub_code=status.sub_code or "",
            at=moment(status.at),
            source="sync",
            learnt_at=NOW,
        )
    people = {
        number: bot.participants.create(number=number, name=person["name"])
        for number, person in story.people.items()
    }
    for take in story.takes:
        assert take.completed_at is not None
        recording = bot.recordings.create(
            workspace=workspace,
            recall_id=uuid.uuid4(),
            status="done",
            status_at=NOW,
            created_at=moment(take.started_at),
            started_at=moment(take.started_at),
            completed_at=moment(take.completed_at),
            details_at=NOW if told(take) else None,
        )
        if told(take):
            ParticipantEvent.objects.bulk_create(
                ParticipantEvent(
                    recording=recording,
                    participant=people[who],
                    action=action,
                    at=moment(when),
                    offset_s=when - take.started_at,
                )
                for when, action, who in acts_of(story, take)
            )
    return bot


def scene(name: str, leave: dict[str, Any] | None = None) -> Played:
    return play_out(scenarios.script(name, platform="google_meet", key="test"), leave)


def tried(team, before, after) -> DryRun:
    run = trials.start(team, before=before, after=after, by=None, now=timezone.now())
    assert not trials.work(run.pk, clock=timezone.now, seconds=60)
    run.refresh_from_db()
    assert run.state == DryRun.State.FINISHED
    return run


def outcomes(run: DryRun) -> dict[int, Trial]:
    return {row["bot"]: Trial.read(row) for row in run.results}


def test_it_tries_every_past_meeting_of_the_team(workspace, team):
    late, reading = (keep(workspace, scene(name)) for name in ("late people", "reading"))
    ordinary = keep(workspace, scene("ordinary"))
    other = workspace.teams.create(name="Research")
    keep(workspace, scene("ordinary"), team=other)
    make_bot(workspace, phase="recording", started_at=NOW)
    run = tried(team, BALANCED, AGGRESSIVE)
    found = outcomes(run)
    assert set(found) == {late.pk, reading.pk, ordinary.pk}
    assert found[ordinary.pk].outcome == "same"
    assert (found[late.pk].outcome, found[late.pk].after.rule) == (
        "earlier",
        "bot_detection.using_participant_events",
    )
    assert "later, and" in found[late.pk].harm[0]
    assert (found[reading.pk].after.rule, found[reading.pk].is_approximate) == (
        "silence_detection",
        True,
    )
    assert total(found.values()).harmful == 2
    assert (run.done, run.total, run.finished_at is not None) == (3, 3, True)


def test_it_equals_what_the_tape_says(workspace, team):
    """Loaded by seconds from the start of the recording, or by date where it was paused."""
    script = scenarios.script("ordinary", platform="google_meet", key="test", minutes=30)
    pauses = (Command(300, "pause_recording"), Command(500, "resume_recording"))
    start = {"start_recording_on": "call_join"}
    again = (Command(300, "stop_recording"), Command(500, "start_recording", CONFIG | start))
    for commands in ((), pauses, again):
        played = play_out(script, None, commands=commands)
        bot = keep(workspace, played)
        [(tape, pk, platform)] = trials.tapes([bot.pk])
        assert (pk, platform) == (bot.pk, "google_meet")
        assert played.tape is not None
        numbers = dict(bot.participants.values_list("pk", "number"))
        assert [(e.at, e.kind, numbers.get(e.participant), e.name) for e in tape.events] == [
            (e.at, e.kind, e.participant, e.name) for e in played.tape.events
        ]
        assert tape.unheard == played.tape.unheard


def test_it_reads_dates_where_seconds_are_not_told(workspace):
    bot = keep(workspace, scene("ordinary"))
    [(before, _, _)] = trials.tapes([bot.pk])
    first = ParticipantEvent.objects.filter(recording__bot=bot).earliest("pk")
    ParticipantEvent.objects.filter(pk=first.pk).update(offset_s=None)
    [(after, _, _)] = trials.tapes([bot.pk])
    assert after.events == before.events


def test_it_reads_dates_where_nobody_knows_when_the_recording_began(workspace):
    bot = keep(workspace, scene("ordinary"))
    [(before, _, _)] = trials.tapes([bot.pk])
    recording = bot.recordings.get()
    recording.created_at -= timedelta(seconds=0.1)
    recording.started_at = None
    recording.save()
    [(after, _, _)] = trials.tapes([bot.pk])
    people = [[e for e in tape.events if e.participant] for tape in (before, after)]
    assert people[0] == people[1]


def test_it_passes_over_meetings_of_which_too_little_is_known(workspace, team):
    keep(workspace, scene("ordinary")).recordings.update(details_at=None)
    run = tried(team, BALANCED, AGGRESSIVE)
    assert (run.done, run.results) == (1, [])


def test_it_asks_the_database_no_more_for_more_meetings(
    workspace, team, django_assert_max_num_queries
):
    played = scene("late people")
    for _ in range(3):
        keep(workspace, played)
    pks = list(team.bots.values_list("pk", flat=True))
    with django_assert_max_num_queries(6):
        assert len(list(trials.tapes(pks))) == 3


def test_it_uses_the_names_of_the_team(workspace, team):
    keep(workspace, scene("late people"))
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=NOW)
    assert run.before["names"] == run.after["names"] == list(team.notetaker_names)
    assert "notetaker" in run.before["names"]


def test_it_goes_as_far_as_it_has_time(workspace, team, monkeypatch):
    monkeypatch.setattr(trials, "CHUNK", 1)
    for _ in range(3):
        keep(workspace, scene("quick"))
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=timezone.now())
    assert trials.work(run.pk, clock=timezone.now, seconds=0)
    run.refresh_from_db()
    assert (run.done, run.total, len(run.results), run.state) == (1, 3, 1, "running")
    # Whoever comes next goes on from there.
    assert not trials.work(run.pk, clock=timezone.now, seconds=60)
    run.refresh_from_db()
    assert (run.done, len(run.results), run.state) == (3, 3, "finished")


def test_it_leaves_alone_what_another_worker_has(workspace, team):
    keep(workspace, scene("quick"))
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=NOW)
    assert DryRun.objects.claim(run.pk, NOW, at(45))
    assert not trials.work(run.pk, clock=lambda: at(30), seconds=60)
    run.refresh_from_db()
    assert run.done == 0
    # The lease is over: that worker is dead.
    assert not trials.work(run.pk, clock=lambda: at(46), seconds=60)
    run.refresh_from_db()
    assert run.state == "finished"


def test_a_worker_that_was_away_for_too_long_writes_nothing(workspace, team, monkeypatch):
    monkeypatch.setattr(trials, "CHUNK", 1)
    for _ in range(2):
        keep(workspace, scene("quick"))
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=NOW)
    looks = iter((at(0), at(0)))

    def clock():
        # Between two looks at the clock it is frozen; another takes over and finishes.
        for now in looks:
            return now
        DryRun.objects.filter(pk=run.pk, state="running").update(lease_until=at(45))
        trials.work(run.pk, clock=lambda: at(60), seconds=60)
        return at(61)

    assert not trials.work(run.pk, clock=clock, seconds=60)
    run.refresh_from_db()
    assert (run.done, len(run.results), run.state, run.finished_at) == (2, 2, "finished", at(60))


def test_it_says_so_when_it_breaks(workspace, team):
    keep(workspace, scene("quick"))
    odd = ("Odd", {"waiting_room_s": "soon"})
    run = trials.start(team, before=odd, after=SAFE, by=None, now=NOW)
    assert not trials.work(run.pk, clock=timezone.now, seconds=60)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.error == "The dry run stopped because of an error. Start it again."


def test_a_worker_that_was_away_and_breaks_spoils_nothing(workspace, team):
    """Another has finished it meanwhile."""
    keep(workspace, scene("quick"))
    run = trials.start(
        team, before=("Odd", {"waiting_room_s": "soon"}), after=SAFE, by=None, now=NOW
    )
    looks = iter((at(0),))

    def clock():
        for now in looks:
            return now
        DryRun.objects.filter(pk=run.pk).update(state="finished", lease_until=None)
        return at(61)

    assert not trials.work(run.pk, clock=clock, seconds=60)
    run.refresh_from_db()
    assert (run.state, run.error) == ("finished", "")


def test_a_worker_leaves_the_lease_of_the_next_alone(workspace, team, monkeypatch):
    monkeypatch.setattr(trials, "CHUNK", 1)
    for _ in range(2):
        keep(workspace, scene("quick"))
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=NOW)
    looks = iter((at(0),))

    def clock():
        for now in looks:
            return now
        DryRun.objects.filter(pk=run.pk).update(lease_until=at(99))
        return at(61)

    assert not trials.work(run.pk, clock=clock, seconds=0)
    run.refresh_from_db()
    assert (run.done, run.lease_until) == (0, at(99))


@pytest.mark.parametrize("rules", [SAFE[1], {"waiting_room_s": "soon"}])
def test_a_team_may_go_while_its_dry_run_runs(workspace, rules):
    gone = workspace.teams.create(name="Research")
    bot = keep(workspace, scene("quick"), team=gone)
    run = trials.start(gone, before=BALANCED, after=("New", rules), by=None, now=NOW)
    looks = iter((at(0),))

    def clock():
        for now in looks:
            return now
        Bot.objects.filter(pk=bot.pk).delete()
        Team.objects.filter(pk=gone.pk).delete()
        return at(1)

    assert not trials.work(run.pk, clock=clock, seconds=60)
    assert not trials.work(run.pk, clock=clock, seconds=60)
    assert not DryRun.objects.exists()


def test_who_starts_another_stops_the_one_before(team, alice, bob):
    first = trials.start(team, before=BALANCED, after=SAFE, by=alice, now=NOW)
    others = trials.start(team, before=BALANCED, after=SAFE, by=bob, now=NOW)
    second = trials.start(team, before=BALANCED, after=AGGRESSIVE, by=alice, now=at(1))
    for run in (first, others, second):
        run.refresh_from_db()
    assert (first.state, others.state, second.state) == ("failed", "running", "running")
    assert first.error == "You started another dry run, so this one was stopped."
    assert first.finished_at == at(1)


def test_a_press_that_arrives_late_stops_none_that_came_after_it(team, alice):
    newer = trials.start(team, before=BALANCED, after=SAFE, by=alice, now=at(1))
    trials.start(team, before=BALANCED, after=AGGRESSIVE, by=alice, now=NOW)
    newer.refresh_from_db()
    assert newer.is_running


def test_it_keeps_the_newest_of_each_person(team, alice, bob, monkeypatch):
    monkeypatch.setattr(trials, "KEPT_EACH", 2)
    others = trials.start(team, before=BALANCED, after=SAFE, by=bob, now=NOW)
    runs = [trials.start(team, before=BALANCED, after=SAFE, by=alice, now=NOW) for _ in range(4)]
    left = set(DryRun.objects.values_list("pk", flat=True))
    assert left == {others.pk, runs[2].pk, runs[3].pk}


def test_it_tries_fewer_at_a_time_where_meetings_are_long(workspace, team, monkeypatch):
    """So that a page does not wait long for them, and others get their turn."""
    monkeypatch.setattr(trials, "STEP_S", 0.0)
    for _ in range(trials.FIRST + 2):
        keep(workspace, scene("quick"))
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=NOW)
    steps = []

    def clock():
        steps.append(DryRun.objects.get(pk=run.pk).done)
        return at(len(steps))

    assert not trials.work(run.pk, clock=clock, seconds=60)
    assert sorted(set(steps)) == [0, trials.FIRST, trials.FIRST + 1]


def test_nothing_to_try_is_finished_at_once(team):
    assert tried(team, BALANCED, SAFE).total == 0


def test_a_worker_goes_on_and_the_sweep_finds_what_is_left(workspace, team, monkeypatch):
    woken = []
    monkeypatch.setattr(tasks.try_out, "apply_async", lambda kwargs, **_: woken.append(kwargs))
    monkeypatch.setattr(trials, "CHUNK", 1)
    monkeypatch.setattr(tasks, "TRIES_FOR_S", 0.0)
    for _ in range(2):
        keep(workspace, scene("quick"))
    run = trials.start(team, before=BALANCED, after=SAFE, by=None, now=timezone.now())
    wake = {"dry_run_id": run.pk}
    tasks.sweep()
    assert woken == [wake]
    woken.clear()
    tasks.try_out(dry_run_id=run.pk)
    assert woken == [wake]
    tasks.try_out(dry_run_id=run.pk)
    run.refresh_from_db()
    assert (woken, run.state) == ([wake], "finished")
    tasks.sweep()
    assert woken == [wake]


def test_it_is_forgotten_after_a_day(workspace, team):
    old = trials.start(team, before=BALANCED, after=SAFE, by=None, now=NOW)
    new = trials.start(team, before=BALANCED, after=SAFE, by=None, now=at(7200))
    trials.forget(NOW + timedelta(days=1, hours=1))
    assert not DryRun.objects.filter(pk=old.pk).exists()
    assert DryRun.objects.filter(pk=new.pk).exists()


def test_it_knows_nothing_of_other_workspaces(workspace, team):
    other = make_workspace("globex")
    keep(other, scene("quick"))
    assert not trials.past_meetings(team).exists()
    assert trials.past_meetings(other.default_team).count() == 1


def test_hosts_and_members_are_people_whatever_they_do(workspace, team, alice):
    bot = keep(workspace, scene("late people"))
    one, two, three, *_ = bot.participants.order_by("pk")
    bot.participants.update(is_host=False, email="")
    bot.participants.filter(pk=one.pk).update(is_host=True)
    bot.participants.filter(pk=two.pk).update(email="ALICE@example.com")
    bot.participants.filter(pk=three.pk).update(email="somebody@example.com")
    [(tape, _, _)] = trials.tapes([bot.pk])
    assert tape.people == {one.pk, two.pk}
