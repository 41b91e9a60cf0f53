"""What Recall tells while a meeting runs: bytes in, values out.

https://docs.recall.ai/docs/real-time-event-payloads
"""

from dataclasses import dataclass
from typing import Any, Literal

from . import downloads
from .reading import load_json, mapping, text, word
from .webhooks import Unreadable

Kind = Literal["words", "partial", "deed", "other"]


@dataclass(frozen=True)
class Heard:
    """One event of a meeting that runs.

    `kind` is `words` (somebody said them), `partial` (they may still change), `deed` (somebody
    came, went, spoke, shared, wrote …: `action` is Recall's word for it) or `other`: whatever
    recalldash keeps nothing of, events that nobody has heard of among them. Ids are Recall's words,
    None where they are not told. `chat` and `sent_to` belong to a chat message.
    """

    name: str
    kind: Kind
    bot_id: str | None
    recording_id: str | None
    participant: downloads.Participant
    words: tuple[downloads.Word, ...] = ()
    action: str = ""
    moment: downloads.Moment = downloads.Moment(None, None)
    chat: str = ""
    sent_to: str = ""

    @property
    def text(self) -> str:
        """What was said; with meeting captions a "word" is a whole caption."""
        return " ".join(" ".join(each.text for each in self.words).split())

    @property
    def start_s(self) -> float | None:
        """When the first word began, in seconds of the recording."""
        return next((at for each in self.words if (at := each.start.relative_s) is not None), None)

    @property
    def end_s(self) -> float | None:
        """When the last word ended, as far as that is told."""
        moments = [at for word in reversed(self.words) for at in (word.end, word.start) if at]
        return next((at.relative_s for at in moments if at.relative_s is not None), None)


def parse(body: bytes) -> Heard:
    """The event in a body. Raises Unreadable for what is no event of Recall's."""
    try:
        payload = load_json(body)
    except ValueError:
        raise Unreadable("The body is not JSON.") from None
    name = word(mapping(payload).get("event"))
    if not name:
        raise Unreadable("The body is JSON but names no event.")
    around = mapping(payload.get("data"))
    told = mapping(around.get("data"))
    prefix, _, action = name.partition(".")
    kind = _kind(prefix, action)
    said = downloads.transcript([told])[0] if kind in ("words", "partial") else None
    chat = mapping(told.get("data"))
    return Heard(
        name=name,
        kind=kind,
        bot_id=_id(around.get("bot")),
        recording_id=_id(around.get("recording")),
        participant=downloads.Participant.read(told.get("participant")),
        words=said.words if said else (),
        action=action if kind == "deed" else "",
        moment=downloads.Moment.read(told.get("timestamp")),
        chat=text(chat.get("text")),
        sent_to=word(chat.get("to")),
    )


def _kind(prefix: str, action: str) -> Kind:
    if prefix == "transcript":
        return _OF_WORDS.get(action, "other")
    return "deed" if prefix == "participant_events" and action and action != "data" else "other"


_OF_WORDS: dict[str, Kind] = {"data": "words", "partial_data": "partial"}


def _id(value: Any) -> str | None:
    return word(mapping(value).get("id")) or None
