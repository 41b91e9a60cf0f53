"""Meetings and leave settings at random, such that every rule gets its turn."""

from random import Random
from typing import Any

from bots.sandbox.call import Command
from bots.sandbox.scripts import Act, Answer, Door, Person, Script, Speech
from tests.dryrun.played import CONFIG

LONG = 4000
CAST = (
    Person(100, "Ann Archer", is_host=True),
    Person(200, "Ben Baker"),
    Person(300, "Otter Notetaker"),
    Person(400, "Fathom notetaker 2"),
)
QUIET: dict[str, Any] = {
    "waiting_room_timeout": LONG,
    "noone_joined_timeout": LONG,
    "everyone_left_timeout": {"timeout": LONG},
    "in_call_not_recording_timeout": LONG,
    "recording_permission_denied_timeout": LONG,
    "silence_detection": None,
    "bot_detection": {"using_participant_events": None},
}


def meeting(random: Random) -> tuple[Script, list[Command], dict[str, Any]]:
    """A meeting of a minute or so in which anything may happen."""
    acts: list[Act] = []
    speeches: list[Speech] = []
    for person in random.sample(CAST, random.randint(0, len(CAST))):
        at = random.choice([0, 0, random.randint(0, 30)])
        for _ in range(random.randint(1, 3)):
            stays = random.choice([LONG, random.randint(1, 40)])
            acts.append(Act(at, "join", person.number))
            acts.append(Act(at + stays, "leave", person.number))
            if random.random() < 0.2:
                acts.append(Act(at + random.randint(0, 20), "screenshare_on", person.number))
            for _ in range(random.randint(0, 3)):
                begins = at + random.randint(0, 40)
                speeches.append(Speech(begins, begins + random.randint(1, 15), person.number, "so"))
            at += stays + random.randint(0, 10)
    door = random.choice(
        [Door()] * 4 + [Door("lobby", random.randint(1, 20)), Door("never"), Door("refused", 9)]
    )
    zoom = random.random() < 0.3
    answers = tuple(
        Answer(random.randint(1, 9), random.random() < 0.5) for _ in range(random.randint(0, 2))
    )
    script = Script(
        "",
        platform="zoom" if zoom else "google_meet",
        door=door,
        cast=CAST,
        acts=tuple(acts),
        speeches=tuple(speeches),
        ends_at=random.choice([LONG, random.randint(20, 90)]),
        answers=answers if zoom else None,
    )
    start = {"start_recording_on": "call_join"} | CONFIG
    kinds = ["pause_recording", "resume_recording", "stop_recording", "start_recording"]
    commands = [
        Command(
            random.randint(3, 60),
            kind := random.choice([*kinds, kinds[0], kinds[1], "request_recording_permission"]),
            start if kind == "start_recording" else {},
        )
        for _ in range(random.choice([0, 0, 0, 2, 4]))
    ]
    mode = random.choice(["participant_join"] * 3 + ["call_join", "participant_speak", "manual"])
    return script, commands, CONFIG | {"start_recording_on": mode}


def alone(rule: str, random: Random) -> dict[str, Any]:
    """Settings under which hardly any other rule gets a turn."""
    wait = {"activate_after": random.randint(1, 15), "timeout": random.randint(1, 20)}
    group, _, key = rule.partition(".")
    if key == "using_participant_names":
        wait = wait | {"matches": ["notetaker"]}
    if key:
        return QUIET | {group: {"using_participant_events": None, key: wait}}
    if rule in ("everyone_left_timeout", "silence_detection"):
        return QUIET | {rule: wait}
    return QUIET | {rule: random.randint(1, 25)}
