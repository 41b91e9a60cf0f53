"""A meeting played in the sandbox, and the tape of what the sandbox would have told of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bots.dryrun import Act, Status, Take, Tape, tape
from bots.recall import downloads
from bots.sandbox import files
from bots.sandbox.call import Command
from bots.sandbox.play import Guest, play
from bots.sandbox.scripts import Script
from bots.sandbox.story import Story
from bots.sandbox.story import Take as Recording
from bots.sandbox.tempo import Tempo

START = 1_800_000_000.0
CONFIG: dict[str, Any] = {
    "participant_events": {},
    "start_recording_on": "participant_join",
}


@dataclass(frozen=True)
class Played:
    """What the sandbox's bot did, in seconds after its first status, and the tape of it."""

    story: Story
    tape: Tape | None

    @property
    def left_at(self) -> float:
        """When it was out of the meeting."""
        ends = [s.at for s in self.story.statuses if s.code in ("call_ended", "fatal")]
        return ends[0] - self.story.statuses[0].at

    @property
    def sub_code(self) -> str:
        return next(
            s.sub_code or "" for s in self.story.statuses if s.code in ("call_ended", "fatal")
        )


def play_out(
    script: Script,
    leave: dict[str, Any] | None,
    *,
    commands: Iterable[Command] = (),
    config: dict[str, Any] | None = None,
    until: float = 90_000.0,
) -> Played:
    """Play it to its end."""
    story = play(
        script,
        Guest(START, recording_config=config or CONFIG, automatic_leave=leave),
        tempo=Tempo.steady(start=START),
        until=START + until,
        commands=commands,
    )
    return Played(story, tape(statuses(story), takes(story), acts(story), names(story)))


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def statuses(story: Story) -> list[Status]:
    return [Status(each.code, each.sub_code or "", moment(each.at)) for each in story.statuses]


def takes(story: Story) -> list[Take]:
    return [
        Take(
            moment(take.started_at),
            None if take.completed_at is None else moment(take.completed_at),
            told=told(take),
        )
        for take in story.takes
    ]


def told(take: Recording) -> bool:
    return any(a.kind == "participant_events" and a.status.code == "done" for a in take.artifacts)


def acts(story: Story) -> list[Act]:
    """What people did, from every recording."""
    return [act for take in story.takes if told(take) for act in acts_of(story, take)]


def acts_of(story: Story, recording: Recording) -> list[Act]:
    """The same from the document of one recording that the sandbox would let us download."""
    clock = files.Clock(recording, paused="black", until=recording.started_at)
    found = []
    for event in downloads.participant_events(files.participant_events(story, clock)):
        assert event.moment.at is not None
        assert event.participant.id is not None
        found.append((event.moment.at.timestamp(), event.action, event.participant.id))
    return found


def names(story: Story) -> dict[int, str]:
    return {number: person["name"] for number, person in story.people.items()}
