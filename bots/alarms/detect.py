"""From what is known of a bot to the alerts that stand, and when to look again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots import lifecycle
from bots.alarms.kinds import KINDS, Kind
from bots.lifecycle import Outcome, Phase

_DENIED = "recording_permission_denied"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a team calls too long: minutes at the door and silent in the call, hours before the
    end of a recording."""

    waiting_min: int = 2
    silent_min: int = 3
    expiring_h: int = 48

    @property
    def waiting(self) -> timedelta:
        return timedelta(minutes=self.waiting_min)

    @property
    def silent(self) -> timedelta:
        return timedelta(minutes=self.silent_min)

    @property
    def expiring(self) -> timedelta:
        return timedelta(hours=self.expiring_h)


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """A recording: when it was made, since when there is something to play, when Recall deletes
    it, whether a copy is kept that Recall's deleting does not touch."""

    pk: int
    made_at: datetime | None = None
    ready_at: datetime | None = None
    expires_at: datetime | None = None
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class BotFacts:
    """A bot as an alert sees it.

    `is_on_purpose`: a person stopped the recording, or it starts by hand and nobody has started
    it, so that not recording is no trouble. `is_removed`: somebody threw it out of the call.
    """

    phase: Phase
    phase_at: datetime
    code: str = ""
    sub_code: str = ""
    code_at: datetime | None = None
    platform: str = ""
    outcome: str = ""
    ended_at: datetime | None = None
    failure: str = ""
    is_taken_back: bool = False
    is_on_purpose: bool = False
    is_removed: bool = False
    recordings: tuple[RecordingFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert that stands: since when, about which recording (else the bot), and its words."""

    kind: Kind
    since: datetime
    sentence: str
    recording: int | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether it is news; what lies further back was seen otherwise, or is an import."""
        fresh = KINDS[self.kind].fresh
        return fresh is None or now - self.since <= fresh


def stand(bot: BotFacts, rules: Rules, now: datetime) -> list[Standing]:
    """The alerts that stand about this bot now."""
    found = [*_of_the_door(bot, rules), *_of_the_call(bot, rules)]
    found = [each for each in found if each.since <= now]
    return [*found, *_of_the_end(bot), *_of_recordings(bot, rules, now)]


def next_look(bot: BotFacts, rules: Rules, now: datetime) -> datetime | None:
    """When something may stand that does not now, though nothing is heard until then."""
    moments = [each.since for each in (*_of_the_door(bot, rules), *_of_the_call(bot, rules))]
    for recording in bot.recordings:
        if recording.expires_at is not None and not recording.is_kept:
            moments += [_soon(recording, recording.expires_at, rules), recording.expires_at]
    return min((at for at in moments if at > now), default=None)


def _of_the_door(bot: BotFacts, rules: Rules) -> Iterator[Standing]:
    """With the moment from which on it stands, which may lie ahead."""
    if bot.phase is Phase.WAITING:
        sentence = "The bot is waiting to be let in. Ask the host to admit it."
        yield Standing(Kind.WAITING, bot.phase_at + rules.waiting, sentence)


def _of_the_call(bot: BotFacts, rules: Rules) -> Iterator[Standing]:
    if bot.phase is not Phase.IN_CALL:
        return
    if bot.code == _DENIED:
        said = lifecycle.notice(bot.phase, bot.code, bot.sub_code, platform=bot.platform)
        yield Standing(Kind.DENIED, bot.code_at or bot.phase_at, said or "")
    elif not bot.is_on_purpose:
        sentence = lifecycle.notice(
            bot.phase, bot.code, bot.sub_code, since_s=float("inf"), platform=bot.platform
        )
        yield Standing(Kind.SILENT, bot.phase_at + rules.silent, sentence or "")


def _of_the_end(bot: BotFacts) -> Iterator[Standing]:
    if bot.ended_at is None or bot.is_taken_back:
        return
    if sentence := _what_failed(bot):
        yield Standing(Kind.FAILED, bot.ended_at, sentence)


def _what_failed(bot: BotFacts) -> str:
    if bot.phase is Phase.FAILED:
        said = lifecycle.notice(bot.phase, bot.code, bot.sub_code, platform=bot.platform)
        return bot.failure or said or ""
    if bot.outcome == Outcome.NEVER_ADMITTED:
        return "The bot was never let in. If the meeting goes on, ask the host and send another."
    if bot.outcome == Outcome.FAILED:
        return "The recording failed: there is nothing to play. Its page says why."
    if bot.outcome == Outcome.REMOVED:
        return (
            "Somebody removed the bot before it recorded anything. "
            "If the meeting goes on, ask the host and send another."
        )
    if bot.is_removed:
        return "Somebody removed the bot from the call. What it had recorded until then is kept."
    return ""


def _of_recordings(bot: BotFacts, rules: Rules, now: datetime) -> Iterator[Standing]:
    for each in bot.recordings:
        if each.ready_at is not None:
            yield Standing(
                Kind.READY, each.ready_at, "The recording is ready to play.", recording=each.pk
            )
        if each.expires_at is None or each.is_kept or now >= each.expires_at:
            continue
        if (since := _soon(each, each.expires_at, rules)) <= now:
            sentence = (
                f"Recall deletes this recording on {each.expires_at:%-d %B at %H:%M} UTC. "
                "Download what you need before."
            )
            yield Standing(Kind.EXPIRING, since, sentence, recording=each.pk)


def _soon(recording: RecordingFacts, expires_at: datetime, rules: Rules) -> datetime:
    """From when on it is deleted soon; no earlier than it was made, where Recall keeps it so
    briefly."""
    since = expires_at - rules.expiring
    return max(since, recording.made_at) if recording.made_at is not None else since
