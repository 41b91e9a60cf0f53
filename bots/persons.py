"""What is kept of a person: found by name or address, and taken along as JSON."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from bots.models import (
    AuditEvent,
    Bot,
    Delivery,
    Invitation,
    Membership,
    Participant,
    ParticipantEvent,
    Passage,
    Recording,
    Team,
    Workspace,
)

MOST_PEOPLE = 50
# Participants that one search looks at, of those called exactly so and of the others.
MOST_ROWS = 5_000
MOST_MEETINGS = 200
# Bodies of deliveries are looked through so far back; erasing goes through all of them.
MOST_BODIES = 5_000
SHORTEST = 2


@dataclass(slots=True)
class Identity:
    """Somebody under one name and one address, and the bots that met them, the newest first."""

    name: str
    email: str
    is_exact: bool = False
    meetings: list[Bot] = field(default_factory=list)
    passages: int = 0
    messages: int = 0

    @property
    def key(self) -> str:
        """What a form says of it; `read_key` understands it."""
        return f"{self.name}\t{self.email}"

    @property
    def called(self) -> list[str]:
        return [each for each in (self.name, self.email) if each]


def read_key(key: str) -> list[str]:
    """The name and the address that a form means."""
    return [each for each in key.replace("\0", "").split("\t")[:2] if each.strip()]


@dataclass(frozen=True, slots=True)
class Mentions:
    """How often others say or write it, and in which meetings."""

    passages: int
    messages: int
    meetings: list[Bot]


@dataclass(frozen=True, slots=True)
class Found:
    """All that a search found. `is_cut`: there are more people than are shown."""

    people: list[Identity]
    is_cut: bool
    mentions: Mentions
    titles: list[Bot]
    members: list[Membership]
    invitations: list[Invitation]
    lists: list[str]
    deliveries: int
    log: int

    @property
    def only_exact(self) -> Identity | None:
        """Who is meant, where exactly one is called just so; else nobody but the reader knows."""
        exact = [who for who in self.people if who.is_exact]
        return exact[0] if len(exact) == 1 else None

    @property
    def is_nothing(self) -> bool:
        return not (
            self.people or self.mentions.passages or self.mentions.messages or self.titles
            or self.members or self.invitations or self.lists or self.deliveries or self.log
        )  # fmt: skip


def search(workspace: Workspace, wanted: str) -> Found:
    """Everything of the workspace in which that name or address stands, exact matches first."""
    participants = Participant.objects.filter(bot__workspace=workspace)
    people: dict[tuple[str, str], Identity] = {}
    exact = participants.filter(Q(name__iexact=wanted) | Q(email__iexact=wanted))
    others = participants.filter(_holds("name", wanted) | _holds("email", wanted))
    others = others.exclude(pk__in=exact.values("pk"))
    # Who is called exactly so comes first, so that no limit cuts them off.
    rows = [
        row
        for some in (exact, others)
        for row in some.select_related("bot").order_by("-bot__met_at", "-pk")[:MOST_ROWS]
    ]
    for row in rows:
        who = _identity(people, row.name, row.email, wanted)
        who.meetings.append(row.bot)
    speakers = Passage.objects.filter(
        _holds("speaker", wanted), transcript__recording__workspace=workspace, participant=None
    )
    spoken = speakers.values_list("speaker", "transcript__recording__bot").annotate(n=Count("pk"))
    told: dict[str, list[int]] = {}
    for speaker, bot, n in spoken:
        known = [who for who in people.values() if who.name.casefold() == speaker.casefold()]
        who = known[0] if known else _identity(people, speaker, "", wanted)
        who.passages += n
        if not known or bot not in {each.pk for each in who.meetings}:
            told.setdefault(who.key, []).append(bot)
    bots = Bot.objects.in_bulk({pk for pks in told.values() for pk in pks})
    for who in people.values():
        who.meetings += [bots[pk] for pk in told.get(who.key, []) if pk in bots]
    ordered = sorted(people.values(), key=lambda w: (not w.is_exact, -len(w.meetings), w.key))
    shown = ordered[:MOST_PEOPLE]
    for who in shown:
        _count(workspace, who)
    return Found(
        people=shown,
        is_cut=len(ordered) > len(shown) or len(rows) >= MOST_ROWS,
        mentions=_mentions(workspace, wanted),
        titles=list(workspace.bots.filter(_holds("title", wanted)).newest_first()[:MOST_MEETINGS]),
        members=list(_members(workspace, wanted)),
        invitations=list(workspace.invitations.filter(_holds("email", wanted))),
        lists=_lists(workspace, wanted),
        deliveries=_deliveries(workspace, wanted),
        log=AuditEvent.objects.filter(
            _holds("what", wanted) | _holds("by_name", wanted), workspace=workspace
        ).count(),
    )


def namesakes(workspace: Workspace, keys: Iterable[str]) -> set[int]:
    """The bots that met somebody of one of these names who is not among them, and nobody who is.

    Somebody of the same name with another address, or with none, is somebody else unless chosen.
    """
    chosen = [read_key(key) for key in keys]
    said = {each.strip() for parts in chosen for each in parts}
    called = {each.casefold() for each in said}
    bare = {parts[0].strip().casefold() for parts in chosen if len(parts) == 1}
    named = _is("name", said) | _is("email", said)
    theirs: set[int] = set()
    others: set[int] = set()
    rows = Participant.objects.filter(named, bot__workspace=workspace)
    for bot, name, email in rows.values_list("bot", "name", "email"):
        is_chosen = email.casefold() in called if email else name.casefold() in bare
        (theirs if is_chosen else others).add(bot)
    return others - theirs


def known_as(
    workspace: Workspace, called: Collection[str], left_out: Collection[int] = ()
) -> QuerySet[Bot]:
    """The bots that met somebody who is called one of these names, but for those left out."""
    met = Participant.objects.filter(_are("", called), bot__workspace=workspace)
    heard = Passage.objects.filter(_spoken(called), transcript__recording__workspace=workspace)
    bots = workspace.bots.filter(
        Q(pk__in=met.values("bot")) | Q(pk__in=heard.values("transcript__recording__bot"))
    )
    return bots.exclude(pk__in=left_out).newest_first()


def exported(
    workspace: Workspace, called: list[str], left_out: Collection[int] = ()
) -> dict[str, Any]:
    """What is known of the person as plain values: who they were, what they said and did, where.

    `left_out` are bots that met somebody else of that name.
    """
    meetings = []
    for bot in known_as(workspace, called, left_out):
        people = bot.participants.filter(_are("", called))
        passages = Passage.objects.filter(_spoken(called), transcript__recording__bot=bot)
        events = ParticipantEvent.objects.filter(_are("participant__", called), recording__bot=bot)
        meetings.append(
            {
                "meeting": str(bot),
                "met_at": bot.met_at.isoformat(),
                "bot": str(bot.recall_id or ""),
                "participants": list(
                    people.values("name", "email", "is_host", "platform", "number")
                ),
                "said": list(
                    passages.order_by("transcript", "n").values("start_s", "end_s", "text")
                ),
                "did": [
                    {
                        "action": event.action,
                        "at": event.at.isoformat() if event.at else None,
                        "text": event.text,
                    }
                    for event in events.order_by("at", "pk")
                ],
            }
        )
    mails = [each.casefold() for each in called]
    return {
        "called": called,
        "workspace": workspace.name,
        "meetings": meetings,
        "mentions": [
            {"name": each, "passages": m.passages, "chat_messages": m.messages}
            for each in called
            for m in [_mentions(workspace, each, left_out)]
        ],
        "invitations": [
            {"email": row.email, "role": row.role, "created_at": row.created_at.isoformat()}
            for row in workspace.invitations.all()
            if row.email.casefold() in mails
        ],
        "notetaker_lists": [each for name in called for each in _lists(workspace, name)],
        "audit_log_entries": AuditEvent.objects.filter(
            _any("what", called) | _any("by_name", called), workspace=workspace
        ).count(),
    }


def recordings_of(workspace: Workspace, bots: Iterable[int]) -> list[Recording]:
    """The recordings of these bots that Recall may still hold, the newest first."""
    rows = Recording.objects.filter(workspace=workspace, bot__in=list(bots), erased_at=None)
    return list(
        rows.exclude(status="deleted").select_related("bot", "bot__team").order_by("-created_at")
    )


def _are(prefix: str, called: Collection[str]) -> Q:
    """Participants who are called so: by their address where they have one.

    So it is when they are erased, too (`Veil.covers_person`).
    """
    has_none = Q(**{f"{prefix}email": ""})
    return _is(f"{prefix}email", called) | has_none & _is(f"{prefix}name", called)


def _spoken(called: Collection[str]) -> Q:
    """What they said; also under their name alone, where nobody knows which participant it was."""
    of_nobody = Q(participant=None) | Q(participant__name="", participant__email="")
    return _are("participant__", called) | of_nobody & _is("speaker", called)


def _is(name: str, called: Iterable[str]) -> Q:
    """Equals one of them, whatever its case."""
    found = Q(pk__in=[])
    for spelling in {each for one in called for each in _spellings(one.strip())}:
        found |= Q(**{f"{name}__iexact": spelling})
    return found


def _holds(name: str, wanted: str) -> Q:
    """Contains it, whatever its case."""
    return _any(name, _spellings(wanted))


def _spellings(wanted: str) -> set[str]:
    """SQLite folds the case of ASCII alone, so that others are tried in three."""
    if wanted.isascii():
        return {wanted}
    return {wanted, wanted.lower(), wanted.upper(), wanted.title()}


def _any(name: str, spellings: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for each in spellings:
        found |= Q(**{f"{name}__icontains": each})
    return found


def _identity(
    people: dict[tuple[str, str], Identity], name: str, email: str, wanted: str
) -> Identity:
    exact = wanted.casefold() in (name.casefold(), email.casefold())
    key = (name.casefold(), email.casefold())
    return people.setdefault(key, Identity(name, email, exact))


def _count(workspace: Workspace, who: Identity) -> None:
    mine = Q(participant__name__iexact=who.name, participant__email__iexact=who.email)
    rows = Passage.objects.filter(mine, transcript__recording__workspace=workspace)
    who.passages += rows.count()
    chat = ParticipantEvent.objects.filter(mine, recording__workspace=workspace)
    who.messages = chat.exclude(text="").count()


def _mentions(workspace: Workspace, wanted: str, left_out: Collection[int] = ()) -> Mentions:
    passages = Passage.objects.filter(
        _holds("text", wanted), transcript__recording__workspace=workspace
    ).exclude(transcript__recording__bot__in=left_out)
    messages = ParticipantEvent.objects.filter(
        _holds("text", wanted), recording__workspace=workspace
    ).exclude(recording__bot__in=left_out)
    bots = workspace.bots.filter(
        Q(pk__in=passages.values("transcript__recording__bot"))
        | Q(pk__in=messages.values("recording__bot"))
    )
    return Mentions(passages.count(), messages.count(), list(bots.newest_first()[:MOST_MEETINGS]))


def _members(workspace: Workspace, wanted: str) -> QuerySet[Membership]:
    named = (
        _holds("user__email", wanted)
        | _holds("user__username", wanted)
        | _holds("user__first_name", wanted)
        | _holds("user__last_name", wanted)
    )
    return workspace.memberships.filter(named).select_related("user")


def _lists(workspace: Workspace, wanted: str) -> list[str]:
    """Which notetaker lists hold an entry with it."""
    folded = wanted.casefold()

    def holds(entries: list[Any]) -> bool:
        return any(folded in str(each).casefold() for each in entries)

    found = ["the shared list"] if holds(workspace.notetaker_names) else []
    teams = Team.objects.filter(workspace=workspace)
    return found + [
        f"the list of {team}" for team in teams if holds(team.added_names + team.excluded_names)
    ]


def _deliveries(workspace: Workspace, wanted: str) -> int:
    """In how many of the newest raw deliveries it stands, as text or escaped."""
    spellings = _spellings(wanted)
    told = {each.encode().lower() for each in spellings}
    told |= {json.dumps(each)[1:-1].encode().lower() for each in spellings}
    bodies = Delivery.objects.filter(workspace=workspace).order_by("-received_at")
    newest = bodies.values_list("body", flat=True)[:MOST_BODIES].iterator()
    return sum(any(each in body for each in told) for body in (bytes(b).lower() for b in newest))
