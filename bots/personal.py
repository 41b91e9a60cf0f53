"""Every field of every model that can hold a person's data, and what erasing a person does to it.

`PARTS` are gone through row by row when a person is erased; `KEPT` says of every other field that
holds words why it is left alone. A field that stands in neither fails `tests/erasing`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import models

from bots.keeping import SEPARATE
from bots.models import (
    Alert,
    Artifact,
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
    # Last: the others are known as theirs by these.
    Part(
        Participant, "participant", "participants", "bot__workspace_id", "bot_id",
        ("name", "email", "platform"), _participant, ("name", "email"),
    ),
)  # fmt: skip

_RECALL = "Recall's own word or id"
_OURS = "made by this program"
_ADMINS = "chosen by admins for teams and workspaces, not for people"
_SECRET = "a secret, sealed or hashed"

# Model -> field -> why erasing a person leaves it alone. "*": all of its fields.
KEPT: Final[Mapping[str, Mapping[str, str]]] = {
    "bots.alert": dict.fromkeys(("kind", "subject"), _OURS),
    "bots.alertaddress": {
        "name": "what leads call a chat of their team",
        "url": _SECRET,
        **dict.fromkeys(("token", "kinds", "problem"), _OURS),
    },
    "bots.alertchoice": {"*": _OURS},
    "bots.alertmessage": {
        **dict.fromkeys(("kind", "state"), _OURS),
        "error": "why a mail or a chat was not reached",
    },
    "bots.auditevent": {"*": "append-only; names are replaced when it is shown or exported"},
    "bots.apitoken": {
        "name": "what admins call a program that uses the API",
        "scopes": _OURS,
        **dict.fromkeys(("digest", "prefix"), _SECRET),
    },
    "bots.artifact": dict.fromkeys(("kind", "format", "status", "sub_code"), _RECALL),
    "bots.batch": {"token": _OURS},
    "bots.bot": {
        "meeting_url": "the meeting's address, which its other participants share",
        "meeting_key": "the same, in its normal form",
        **dict.fromkeys(("platform", "code", "sub_code", "recording_status"), _RECALL),
        **dict.fromkeys(("phase", "outcome", "consent_stage"), _OURS),
    },
    "bots.budget": {"counted": _RECALL},
    "bots.call": {"*": "no body, no query: what was called, when and how it ended"},
    "bots.change": {"topic": _OURS},
    "bots.consent": dict.fromkeys(
        ("needs", "question", "yes", "no", "no_does", "asked"), "what the policy has bots ask"
    ),
    "bots.consentanswer": {"says": "yes, no, or confirmed"},
    "bots.clip": {"name": _SECRET, "etag": _RECALL, **dict.fromkeys(("state", "error"), _OURS)},
    "bots.delivery": {"message_id": _RECALL, "event": _RECALL, "state": _OURS},
    "bots.dryrun": {"state": _OURS, "bots": "our own ids"},
    "bots.ear": {"failure": _RECALL, "refusal": _OURS},
    "bots.erasure": {"what": _OURS},
    "bots.forgotten": {
        "digest": "a keyed digest, which names nobody",
        **dict.fromkeys(("meetings", "left_out"), _RECALL),
    },
    "bots.heartbeat": {"name": _OURS},
    "bots.invitation": {"role": _OURS, "digest": _SECRET},
    "bots.keptfile": {
        **dict.fromkeys(("kind", "part", "format", "content_type", "etag"), _RECALL),
        **dict.fromkeys(("path", "sha256", "state", "problem"), _OURS),
        "rule": "the policy that asked, by its team",
    },
    "bots.leaverule": dict.fromkeys(("when", "token", "state", "why"), _OURS),
    "bots.leftover": {"path": _OURS},
    "bots.membership": {"role": _OURS},
    "bots.order": {
        "given_by": "which rule, process or program, never a person",
        **dict.fromkeys(("action", "token", "state", "key", "error_code"), _OURS),
    },
    "bots.participantevent": {"action": _RECALL},
    "bots.personerasure": {
        "called": "emptied when it is finished",
        **dict.fromkeys(("token", "left_out", "meetings", "counts"), _OURS),
    },
    "bots.picture": {"digest": _OURS, "jpeg": "a picture that the team's bots show"},
    "bots.policyversion": dict.fromkeys(
        ("own", "rules", "locks"), "what bots are told: it is what was in force"
    ),
    "bots.poster": {
        "picture": "a still of the film, or a drawing without words: it goes with the recording",
        **dict.fromkeys(("media_type", "digest", "why_none"), _OURS),
    },
    "bots.recording": {
        **dict.fromkeys(("status", "sub_code"), _RECALL),
        **dict.fromkeys(("outcome", "missing"), _OURS),
    },
    "bots.share": {"digest": _SECRET, "prefix": _SECRET, "ended_why": _OURS},
    "bots.statuschange": {"code": _RECALL, "sub_code": _RECALL, "source": _OURS},
    "bots.team": {"name": _ADMINS},
    "bots.track": dict.fromkeys(("part_id", "type"), _RECALL),
    "bots.transcript": {"provider": _RECALL},
    "bots.webhooksecret": {"secret": _SECRET},
    "bots.workspace": {
        **dict.fromkeys(("name", "slug"), _ADMINS),
        "region": _RECALL,
        "api_key": _SECRET,
        "webhook_token": _SECRET,
        **dict.fromkeys(("key_problem", "last_refusal", "import_rest"), _OURS),
    },
}
# Apps of others: accounts are members', who are removed on the page Members.
APPS_KEPT: Final[Mapping[str, str]] = {
    "account": "addresses of accounts: a member's own",
    "admin": "what was changed in Django admin, where no participant can be changed",
    "auth": "accounts: a member's own",
    "contenttypes": _OURS,
    "mfa": "second steps of accounts: a member's own",
    "sandbox": "another company; its people are invented",
    "sessions": "of whoever is signed in, until they run out",
    "socialaccount": "single sign-on of accounts: a member's own",
    "usersessions": "of whoever is signed in, until they run out",
}
