"""Every field of every model that can hold a person's data, and what erasing a person does to it.

`PARTS` are gone through row by row when a person is erased; `impersonal.KEPT` says of every other
field that holds words why it is left alone. A field that stands in neither fails `tests/erasing`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models

from bots.keeping import SEPARATE
from bots.models import (
    Alert,
    Artifact,
    AssistantSession,
    AssistantTurn,
    BatchItem,
    Bot,
    ConsentAnswer,
    Delivery,
    DryRun,
    Erasure,
    Invitation,
    KeptFile,
    Leftover,
    Order,
    Participant,
    ParticipantEvent,
    Passage,
    PolicyVersion,
    RecordingSummary,
    Share,
    Speaking,
    StatusChange,
    Team,
    Track,
    Workspace,
)
from bots.models.delivery import STUB
from bots.models.forgotten import ERASED_PERSON, ERASED_WORDS, Veil

ERASED_ADDRESS: Final = "erased@example.invalid"

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One model with personal data. `word`: what a row of it is called, `words` several.

    `workspace` leads to the id of its workspace, `meeting` to the id of the bot that saw it, ""
    where it belongs to none. `fields` are those that `erase` changes: it gives the changes of a
    row for the people under the veil at that time, nothing where the row is not about them.
    `narrow` are text fields one of which holds a name wherever there is anything to change; a row
    in which none does is not read. `related`: what `erase` reads beside the row.
    """

    model: type[models.Model]
    word: str
    words: str
    workspace: str
    meeting: str
    fields: tuple[str, ...]
    erase: Callable[[Any, Veil, datetime], Changes]
    narrow: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    def write(self, pk: int, changes: Changes) -> None:
        """Also to rows that are otherwise never changed: a name is no part of what they promise."""
        models.QuerySet(self.model).filter(pk=pk).update(**changes)


def _fit(row: models.Model, name: str, text: str) -> str:
    longest = row._meta.get_field(name).max_length  # type: ignore[union-attr]
    return text[:longest] if longest else text


def _passage(row: Passage, veil: Veil, now: datetime) -> Changes:
    who = row.participant
    called = (who.name or row.speaker, who.email) if who is not None else (row.speaker, "")
    text = ERASED_WORDS if veil.silences(*called) else veil.text(row.text)
    speaker = ERASED_PERSON if veil.covers_person(*called) else row.speaker
    return _changed(row, speaker=speaker, text=text)


def _event(row: ParticipantEvent, veil: Veil, now: datetime) -> Changes:
    who = row.participant
    silent = veil.silences(who.name, who.email)
    return _changed(row, text="" if silent else veil.text(row.text), sent_to=veil.name(row.sent_to))


def _answer(row: ConsentAnswer, veil: Veil, now: datetime) -> Changes:
    who = row.participant
    called = (who.name or row.name, who.email) if who is not None else (row.name, "")
    text = "" if veil.silences(*called) else veil.text(row.text)
    name = ERASED_PERSON if veil.covers_person(*called) else row.name
    return _changed(row, name=name, text=text)


def _turn(row: AssistantTurn, veil: Veil, now: datetime) -> Changes:
    who = row.participant
    called = (who.name or row.speaker, who.email) if who is not None else (row.speaker, "")
    theirs = row.kind == AssistantTurn.Kind.SAID
    text = ERASED_WORDS if theirs and veil.silences(*called) else veil.text(row.text)
    speaker = ERASED_PERSON if theirs and veil.covers_person(*called) else row.speaker
    return _changed(row, speaker=speaker, text=text, calls=veil.everywhere.tree(row.calls))


def _participant(row: Participant, veil: Veil, now: datetime) -> Changes:
    if not veil.covers_person(row.name, row.email):
        return {}
    return _changed(row, name=ERASED_PERSON, email="", platform="", is_host=False)


def _track(row: Track, veil: Veil, now: datetime) -> Changes:
    email = row.participant.email if row.participant is not None else ""
    is_theirs = veil.covers_person(row.name, email)
    return _changed(row, name=ERASED_PERSON if is_theirs else row.name)


def _invitation(row: Invitation, veil: Veil, now: datetime) -> Changes:
    if not veil.covers(row.email):
        return {}
    return {"email": ERASED_ADDRESS, "revoked_at": row.revoked_at or now}


def _delivery(row: Delivery, veil: Veil, now: datetime) -> Changes:
    if not veil.is_in(bytes(row.body)):
        return _labels("error")(row, veil, now)
    return {"body": STUB, "state": Delivery.State.ERASED, "error": "", "due_at": None}


def _lists(*names: str) -> Callable[[Any, Veil, datetime], Changes]:
    """Lists of names: theirs are taken off."""

    def erase(row: Any, veil: Veil, now: datetime) -> Changes:
        fresh = {
            name: [each for each in getattr(row, name) if not veil.covers(str(each))]
            for name in names
        }
        return _changed(row, **fresh)

    return erase


def _changed(row: Any, **fresh: Any) -> Changes:
    return {name: value for name, value in fresh.items() if value != getattr(row, name)}


def _labels(*names: str, trees: tuple[str, ...] = ()) -> Callable[[Any, Veil, datetime], Changes]:
    """Text and JSON that are nobody's words in a meeting: no choice leaves their name in that."""

    def erase(row: Any, veil: Veil, now: datetime) -> Changes:
        strict = veil.everywhere
        texts = {name: _fit(row, name, strict.text(getattr(row, name))) for name in names}
        return _changed(row, **texts, **{name: strict.tree(getattr(row, name)) for name in trees})

    return erase


def _copy(row: KeptFile, veil: Veil, now: datetime) -> Changes:
    """A copy of what was said or who was there holds their name: it goes. Film and sound stay."""
    if _is_document(row) and row.state != KeptFile.State.DELETED and _tells_of(row, veil):
        return {"state": KeptFile.State.DELETED, "reason": _LET_GO, "deleted_at": now} | _labels(
            "label", "file_name"
        )(row, veil, now)
    return _labels("label", "file_name", "reason")(row, veil, now)


def _is_document(row: KeptFile) -> bool:
    """Whether it is something to read; of separate tracks the list is, with everybody's name."""
    return row.kind in _DOCUMENTS or (row.kind in SEPARATE and not row.part)


def _tells_of(row: KeptFile, veil: Veil) -> bool:
    """Whether anybody under the veil was there, spoke or wrote, or was spoken or written of."""
    people = row.recording.bot.participants.values_list("name", "email")
    if any(veil.covers_person(name, email) for name, email in people):
        return True
    said = Passage.objects.filter(transcript__recording=row.recording_id)
    told = said.values_list("speaker", "participant__email", "text").iterator(chunk_size=500)
    if any(veil.covers_person(who, email or "") or veil.text(t) != t for who, email, t in told):
        return True
    if row.kind != "participant_events":
        return False  # no other copy holds what was written
    chat = ParticipantEvent.objects.filter(recording=row.recording_id).exclude(text="", sent_to="")
    written = chat.values_list("sent_to", "text").iterator(chunk_size=500)
    return any(veil.covers(to) or veil.text(text) != text for to, text in written)


class _Copies(Part):
    """Copies, whose files in the storage go with them."""

    def write(self, pk: int, changes: Changes) -> None:
        if changes.get("state") == KeptFile.State.DELETED:
            paths = KeptFile.objects.filter(pk=pk).values_list("path", flat=True)
            Leftover.of(paths, changes["deleted_at"])
        Part.write(self, pk, changes)


_DOCUMENTS: Final = ("transcript", "participant_events")
_LET_GO: Final = "It told of a person whose data was erased."

# In the order in which they are gone through: what is told by who somebody is, before that goes.
PARTS: Final[tuple[Part, ...]] = (
    _Copies(
        KeptFile, "copy", "copies", "workspace_id", "recording__bot_id",
        ("label", "file_name", "reason"), _copy, (), ("recording__bot",),
    ),
    Part(
        Passage, "passage", "passages", "transcript__recording__workspace_id",
        "transcript__recording__bot_id", ("speaker", "text"), _passage,
        ("speaker", "text", "participant__name", "participant__email"), ("participant",),
    ),
    Part(
        ParticipantEvent, "chat message", "chat messages", "recording__workspace_id",
        "recording__bot_id", ("text", "sent_to"), _event,
        ("text", "sent_to", "participant__name", "participant__email"), ("participant",),
    ),
    Part(
        Delivery, "raw delivery", "raw deliveries", "workspace_id", "bot_id",
        ("body", "error"), _delivery,
    ),
    Part(
        StatusChange, "timeline entry", "timeline entries", "bot__workspace_id", "bot_id",
        ("message",), _labels("message"), ("message",),
    ),
    Part(
        Artifact, "file's description", "files' descriptions", "recording__workspace_id",
        "recording__bot_id", ("data",), _labels(trees=("data",)),
    ),
    Part(
        Order, "order", "orders", "bot__workspace_id", "bot_id", ("body", "error"),
        _labels("error", trees=("body",)),
    ),
    Part(
        BatchItem, "line of *leave all*", "lines of *leave all*", "bot__workspace_id", "bot_id",
        ("why_not",), _labels("why_not"), ("why_not",),
    ),
    Part(
        Bot, "bot", "bots", "workspace_id", "pk",
        ("title", "name", "failure", "request", "asked", "config"),
        _labels("title", "name", "failure", trees=("request", "asked", "config")),
    ),
    Part(
        DryRun, "dry run", "dry runs", "workspace_id", "", ("before", "after", "results", "error"),
        _labels("error", trees=("before", "after", "results")),
    ),
    Part(
        PolicyVersion, "note of a policy", "notes of policies", "workspace_id", "", ("note",),
        _labels("note"), ("note",),
    ),
    Part(
        Team, "list of names", "lists of names", "workspace_id", "",
        ("added_names", "excluded_names"), _lists("added_names", "excluded_names"),
    ),
    Part(
        Workspace, "list of names", "lists of names", "pk", "", ("notetaker_names",),
        _lists("notetaker_names"),
    ),
    Part(
        Invitation, "invitation", "invitations", "workspace_id", "", ("email",), _invitation,
        ("email",),
    ),
    Part(
        Erasure, "receipt", "receipts", "workspace_id", "", ("by_name", "answer", "counts"),
        lambda row, veil, now: _changed(row, by_name=veil.name(row.by_name)), ("by_name",),
    ),
    Part(
        Speaking, "live word", "live words", "bot__workspace_id", "bot_id", ("speaker", "text"),
        _labels("speaker", "text"),
    ),
    Part(
        Track, "track", "tracks", "artifact__recording__workspace_id",
        "artifact__recording__bot_id", ("name",), _track, ("name", "participant__email"),
        ("participant",),
    ),
    Part(
        Share, "share link", "share links", "recording__workspace_id", "recording__bot_id",
        ("label",), _labels("label"), ("label",),
    ),
    Part(
        Alert, "alert", "alerts", "workspace_id", "bot_id", ("sentence",), _labels("sentence"),
        ("sentence",),
    ),
    Part(
        ConsentAnswer, "answer to the question for consent", "answers to the question for consent",
        "consent__bot__workspace_id", "consent__bot_id", ("name", "text"), _answer,
        ("name", "text", "participant__name", "participant__email"), ("participant",),
    ),
    Part(
        AssistantTurn, "turn of a talk with an assistant", "turns of talks with assistants",
        "session__bot__workspace_id", "session__bot_id", ("speaker", "text", "calls"), _turn, (),
        ("participant",),
    ),
    Part(
        AssistantSession, "assistant's meeting", "assistants' meetings", "bot__workspace_id",
        "bot_id", ("text", "draft", "summary", "problem"),
        _labels("text", "draft", "summary", "problem"),
    ),
    Part(
        RecordingSummary, "summary", "summaries", "recording__workspace_id",
        "recording__bot_id", ("points", "parts", "problem"),
        _labels("problem", trees=("points", "parts")),
    ),
    # Last: the others are known as theirs by these.
    Part(
        Participant, "participant", "participants", "bot__workspace_id", "bot_id",
        ("name", "email", "platform"), _participant, ("name", "email"),
    ),
)  # fmt: skip
