"""What came of each recording of a bot: gathers what `lifecycle` has to know, writes it down."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from bots import formats, lifecycle
from bots.lifecycle import Action, Outcome
from bots.models.history import Entry
from bots.models.recording import Recording
from bots.policy import names

if TYPE_CHECKING:
    from bots.models.bot import Bot

# The bot's end and its recording's own end, told of one moment, may differ by this much.
NEAR = timedelta(seconds=10)
_SPEECH = ("speech_on", "screenshare_on")


def settle(
    bot: "Bot",
    recordings: Iterable[Recording],
    history: Sequence[Entry],
    *,
    is_over: bool,
) -> None:
    """Write down what came of each of all its recordings as far as that is known now.

    `history` is in order. Who was there is read by two queries for each that is finished.
    """
    end = next((c for c in history if c.code in ("call_ended", "fatal")), None)
    for recording in recordings:
        came = lifecycle.came_of(_facts(bot, recording, end, is_over))
        if (recording.outcome, recording.missing) != (came.outcome, came.missing):
            recording.outcome, recording.missing = str(came.outcome), came.missing
            recording.save(update_fields=["outcome", "missing"])


def people_seen(bot: "Bot", recordings: Iterable[Recording]) -> bool | None:
    """Whether anybody was there who is no probable bot; None where nobody has told yet."""
    if not any(recording.details_at for recording in recordings):
        return None
    return any(_people(bot))


def ordered_files(bot: "Bot", recording: Recording) -> tuple[tuple[str, str], ...]:
    """(kind, format) of all that was ordered of this recording; empty where nobody knows.

    A recording that somebody started has the settings that it was started with.
    """
    begun = Q(state__in=("accepted", "confirmed"), action=Action.START)
    started = bot.orders.filter(begun, created_at__lte=recording.created_at + NEAR)
    body = started.order_by("-created_at").values_list("body", flat=True).first()
    # Not `bot.recording_config`: this is asked of each news of its end, and reads one column less.
    config = body or (bot.config or bot.request or {}).get("recording_config")
    return formats.ordered(config) if isinstance(config, dict) and config else ()


def _facts(bot: "Bot", recording: Recording, end: Entry | None, is_over: bool) -> lifecycle.Facts:
    # Webhooks bring one file after another; only an answer of Recall's names all of them.
    is_told = recording.completed_at is not None
    files = tuple(
        lifecycle.File(each.kind, each.status, each.sub_code) for each in recording.artifacts.all()
    )
    known = recording.details_at is not None
    spoke = known and recording.participant_events.filter(action__in=_SPEECH).exists()
    return lifecycle.Facts(
        status=recording.status if is_told or files else "",
        sub_code=recording.sub_code,
        files=files,
        ordered=frozenset(kind for kind, _ in ordered_files(bot, recording))
        if is_told
        else (frozenset()),
        duration_s=recording.duration_s,
        people_seen=bool(spoke or any(_people(bot))) if known else None,
        spoke=spoke if known else None,
        end=_end(recording, end),
        is_over=is_over or recording.status in ("done", "failed", "deleted"),
    )


def _people(bot: "Bot") -> Iterable[str]:
    """The names of those who were there and are no notetakers by their name."""
    entries = bot.team.notetaker_names
    for name in bot.participants.values_list("name", flat=True):
        if not names.matching(entries, name):
            yield name or "somebody"


def _end(recording: Recording, end: Entry | None) -> lifecycle.End | None:
    """The end of the bot's stay, where it was the recording's end, too."""
    started = recording.started_at
    ended = recording.completed_at
    if end is None or (ended is not None and ended < end.at - NEAR):
        return None
    after_s = (end.at - started).total_seconds() if started else None
    return lifecycle.End(end.code, end.sub_code, max(after_s, 0.0) if after_s is not None else None)


def outcome_of(bot: "Bot", history: Sequence[Entry], recordings: list[Recording]) -> Outcome:
    """What came of the bot, whose recordings are settled."""
    return lifecycle.outcome(
        [(change.code, change.sub_code) for change in history],
        [Outcome(each.outcome) for each in recordings if each.outcome],
        people_seen=people_seen(bot, recordings),
    )
