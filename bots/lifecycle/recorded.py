"""What came of one recording, and what of it is missing, as a sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from bots.lifecycle.artifacts import KINDS
from bots.lifecycle.outcomes import Outcome, cuts_short, nobody_else
from bots.lifecycle.sentences import clock, explain

# What a recording holds besides what can be played or read: a recording of these alone is empty,
# unless nothing else was ordered.
BESIDES: Final = frozenset({"participant_events", "meeting_metadata"})
# Without these something of the meeting is missing; of those for each person Recall makes none in
# many meetings, and the table of files says so.
_WHOLE: Final = frozenset({"video_mixed", "audio_mixed", "transcript"})
# A recording this short holds nothing of a meeting.
_LEAST_S: Final = 1.0
_OVER: Final = frozenset({"done", "failed", "deleted"})


class File(NamedTuple):
    """One file of a recording, in Recall's words."""

    kind: str
    status: str
    sub_code: str = ""


class End(NamedTuple):
    """How the bot's stay ended while this recording ran: Recall's words, and after how long."""

    code: str
    sub_code: str = ""
    after_s: float | None = None


class Came(NamedTuple):
    """What came of a recording; `missing` is a sentence, "" where nothing is missing."""

    outcome: Outcome
    missing: str = ""


@dataclass(frozen=True)
class Facts:
    """All that is known of a recording; None stands for what nobody has told yet.

    `ordered` are the kinds of files that were ordered, `spoke` says whether anybody spoke,
    `people_seen` whether anybody was there who is no probable bot. `end` is None where the
    recording was stopped before the bot went. `is_over`: nothing more will be recorded into it.
    """

    status: str
    sub_code: str = ""
    files: tuple[File, ...] = ()
    ordered: frozenset[str] = frozenset()
    duration_s: float | None = None
    people_seen: bool | None = None
    spoke: bool | None = None
    end: End | None = None
    is_over: bool = True


def came_of(facts: Facts) -> Came:
    """What came of a recording, NONE as long as it is not settled."""
    if facts.status not in _OVER and not facts.is_over:
        return Came(Outcome.NONE)
    there = _kinds(facts, "done")
    if not there and facts.status not in _OVER:
        return Came(Outcome.NONE)  # the bot is gone, its files are to come
    if not there and (facts.status == "deleted" or _kinds(facts, "deleted")):
        return Came(Outcome.DELETED, "Recall holds none of its files any more.")
    if not there and (facts.status == "failed" or _kinds(facts, "failed")):
        return Came(Outcome.FAILED, _why_failed(facts))
    if not there:
        return Came(Outcome.EMPTY, "Recall finished it and made no film, sound or transcript.")
    if facts.duration_s is not None and facts.duration_s < _LEAST_S:
        return Came(Outcome.EMPTY, "It lasted less than a second.")
    if facts.people_seen is False and not facts.spoke:
        nobody = nobody_else(facts.end.sub_code) if facts.end else Outcome.NONE
        sentence = "Nobody but bots was there, and nobody spoke."
        return Came(nobody or Outcome.EMPTY, sentence)
    sentences = [each for each in (_lacks(facts, there), _cut(facts.end)) if each]
    if sentences:
        return Came(Outcome.IN_PART, " ".join(sentences))
    if facts.end and nobody_else(facts.end.sub_code) is Outcome.NOBODY_CAME:
        return Came(Outcome.NOBODY_CAME)
    return Came(Outcome.RECORDED)


def _kinds(facts: Facts, status: str) -> list[str]:
    """The kinds of its files in that status that can be played or read, each once."""
    counts = (
        (lambda kind: True)
        if facts.ordered and facts.ordered <= BESIDES
        else (lambda kind: kind not in BESIDES)
    )
    return list(dict.fromkeys(f.kind for f in facts.files if f.status == status and counts(f.kind)))


def _lacks(facts: Facts, there: Sequence[str]) -> str:
    """ "The video failed; audio and transcript are there." """
    failed = [kind for kind in _kinds(facts, "failed") if kind not in there]
    gone = [kind for kind in _kinds(facts, "deleted") if kind not in there]
    named = {file.kind for file in facts.files}
    settled = facts.status in _OVER
    never = sorted((facts.ordered & _WHOLE) - named) if settled else []
    parts = [
        f"{_the(kinds)} {words[len(kinds) > 1]}"
        for kinds, words in (
            (failed, ("failed", "failed")),
            (gone, ("was deleted", "were deleted")),
            (never, ("was never made", "were never made")),
        )
        if kinds
    ]
    if facts.status == "failed" and not parts:
        parts = ["Recall could not finish it"]
    if not parts:
        return ""
    rest = _joined(there)
    verb = "are" if len(there) > 1 else "is"
    lacking = ", ".join(parts)
    return f"{lacking[:1].upper()}{lacking[1:]}; {rest} {verb} there."


def _cut(end: End | None) -> str:
    """Why it holds only the beginning of its meeting, "" where it holds all of it."""
    if end is None or not cuts_short(end.code, end.sub_code):
        return ""
    after = f" after {clock(int(end.after_s))}" if end.after_s is not None else ""
    if end.code == "fatal":
        return f"The bot crashed{after}. {explain(end.code, end.sub_code).sentence}"
    if end.sub_code == "bot_kicked_from_call":
        return f"The bot was removed{after}; the meeting went on."
    if end.sub_code == "timeout_exceeded_recording_permission_denied":
        return f"The host no longer allowed recording{after}; the meeting may have gone on."
    return f"The bot reached its limit of time{after}; the meeting may have gone on."


def _why_failed(facts: Facts) -> str:
    if facts.status == "failed":
        return explain("recording.failed", facts.sub_code).sentence
    failed = _kinds(facts, "failed")
    words = f"{_the(failed)} failed; nothing else is there."
    return f"{words[:1].upper()}{words[1:]}"


def _the(kinds: Sequence[str]) -> str:
    return f"the {_joined(kinds)}"


def _joined(kinds: Sequence[str]) -> str:
    names = [KINDS.get(kind, kind.replace("_", " ")) for kind in kinds]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
