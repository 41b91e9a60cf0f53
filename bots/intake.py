"""Webhooks as they come, several at a time: one transaction for all that came meanwhile."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from bots import inbox, signatures, trace
from bots.models import Delivery, WebhookSecret, Workspace, bulk
from bots.models.held import hold_whole
from bots.models.prepared import Prepared
from bots.models.writes import Writes
from bots.recall import webhooks

logger = logging.getLogger(__name__)

AGAIN_S = 5
CANNOT_KEEP = "Cannot keep this just now."
State = Delivery.State


@dataclass(frozen=True, slots=True)
class Knock:
    """One request: the word in its address, its headers, its whole body."""

    token: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told; 503 asks for it to be sent again.

    `delivery` is what was kept, `refusal` why it can't be told that Recall signed it.
    """

    status: int
    sentence: str = ""
    delivery: Delivery | None = None
    refusal: webhooks.NotFromRecall | signatures.CannotVerify | None = None


@dataclass(frozen=True, slots=True)
class _Letter:
    """A request that was signed by `secret`."""

    n: int
    workspace: Workspace
    verified: webhooks.Verified
    secret: WebhookSecret
    body: bytes

    @property
    def key(self) -> tuple[int, str]:
        """What it is known by."""
        return self.workspace.pk, self.verified.message_id[:200]


class Addresses:
    """The workspaces behind addresses, with their secrets; what was read counts for `lasting_s`."""

    def __init__(self, *, lasting_s: float = 0.0) -> None:
        self._lasting = timedelta(seconds=lasting_s)
        self._known: dict[str, Workspace] = {}
        self._read_at: datetime | None = None

    def find(self, tokens: set[str], now: datetime) -> dict[str, Workspace]:
        """By token; what is behind none is not in it. Raises DatabaseError."""
        if self._read_at is None or not timedelta(0) <= now - self._read_at < self._lasting:
            self._known, self._read_at = {}, now
        if missing := tokens - set(self._known):
            # PostgreSQL takes no NUL, not even to say that it knows no such token.
            rows = Workspace.objects.filter(webhook_token__in=[t for t in missing if "\0" not in t])
            found = rows.prefetch_related("secrets")
            self._known |= {row.webhook_token: row for row in found}
        return self._known


def take(
    knocks: Sequence[Knock], *, now: datetime, addresses: Addresses | None = None
) -> list[Answer]:
    """Verify, keep and observe each; what each sender is told, in their order. Never raises.

    204 kept (or kept already), 401 not signed by Recall, 404 no such address, 503 the database or
    the key of the secrets is away. 204 is said only once it stands in the database.
    """
    answers: dict[int, Answer] = {}
    try:
        letters = list(_opened(knocks, answers, addresses or Addresses(), now))
        plain, others = _sorted(letters)
        try:
            kept, left = _keep_together(plain, now) if plain else ({}, [])
            answers |= kept
            others += left
        except (OperationalError, InterfaceError):
            raise  # away: trying each would only take longer
        except Exception as error:
            # What is wrong with one of them is found by taking each alone, and harms no other.
            logger.info("%s webhooks are kept one by one: %r", len(plain), error)
            others = sorted([*others, *(letter for letter, _, _ in plain)], key=lambda each: each.n)
        for letter in others:
            answers[letter.n] = _keep_alone(letter, now)
    except DatabaseError as error:
        logger.warning("Webhooks cannot be kept: %s", type(error).__name__)
    return [answers.get(n) or Answer(503, CANNOT_KEEP) for n in range(len(knocks))]


def _opened(
    knocks: Sequence[Knock], answers: dict[int, Answer], addresses: Addresses, now: datetime
) -> Iterable[_Letter]:
    """Those that Recall signed; the others are answered."""
    known = addresses.find({knock.token for knock in knocks}, now)
    for n, knock in enumerate(knocks):
        workspace = known.get(knock.token)
        if workspace is None:
            answers[n] = Answer(404, "No workspace listens here.")
            continue
        try:
            verified, secret = signatures.verify(workspace, knock.headers, knock.body, now=now)
        except webhooks.NotFromRecall as refusal:
            inbox.mark_refused(workspace, refusal, now)
            answers[n] = Answer(401, refusal.sentence, refusal=refusal)
        except signatures.CannotVerify as problem:
            sentence = "A webhook secret cannot be read just now."
            answers[n] = Answer(503, sentence, refusal=problem)
        else:
            yield _Letter(n, workspace, verified, secret, knock.body)


# What we have of these workspaces' messages.
_KEPT = Prepared(
    lambda workspace_ids, message_ids: Delivery.objects.filter(
        workspace_id__among=workspace_ids, message_id__among=message_ids
    ).values_list("workspace_id", "message_id")
)
# With what each tells, and the id at Recall of the bot that it tells of.
Plain = list[tuple[_Letter, webhooks.Event, str]]


def _sorted(letters: Sequence[_Letter]) -> tuple[Plain, list[_Letter]]:
    """Those that come for the first time with news of a bot, and all others."""
    if not letters:
        return [], []
    ours = {letter.workspace.pk for letter in letters}
    ids = {letter.key[1] for letter in letters}
    seen = set(_KEPT.rows(ours, ids))
    plain: Plain = []
    others = []
    for letter in letters:
        try:
            event = webhooks.parse(letter.body)
        except webhooks.Unreadable:
            event = None
        recall_id = inbox.uuid_of(event.bot_id) if event is not None else None
        if event is None or recall_id is None or letter.key in seen:
            others.append(letter)
        else:
            seen.add(letter.key)
            plain.append((letter, event, recall_id))
    return plain, others


@transaction.atomic
def _keep_together(plain: Plain, now: datetime) -> tuple[dict[int, Answer], list[_Letter]]:
    """Keep them and let their bots observe them: few statements, however many they are.

    What tells of bots that we do not know is left, to be kept alone.
    """
    ours = {letter.workspace.pk for letter, *_ in plain}
    named = {recall_id for *_, recall_id in plain}
    held = {(bot.workspace_id, str(bot.recall_id)): bot for bot in hold_whole(ours, named)}
    of_known, left = [], []
    for letter, event, recall_id in plain:
        bot = held.get((letter.workspace.pk, recall_id))
        if bot is None:
            left.append(letter)
        else:
            of_known.append((letter, event, bot))
    if not of_known:
        return {}, left
    made = [
        Delivery(
            workspace_id=letter.workspace.pk,
            message_id=letter.key[1],
            event=event.name,
            body=letter.body,
            received_at=now,
            state=State.OBSERVED,
            bot_id=bot.pk,
        )
        for letter, event, bot in of_known
    ]
    # In one order by whoever keeps several, or two could wait for each other.
    in_order = sorted(made, key=lambda row: (row.workspace_id, row.message_id))
    bulk.insert(in_order)
    writes, changed = Writes(), []
    for (_, event, bot), delivery in zip(of_known, made, strict=True):
        state = inbox.apply_to(bot, delivery, event, now, into=writes)
        if state != delivery.state:
            delivery.state = state
            changed.append(delivery)
    writes.flush(now)
    for delivery in changed:
        delivery.settle()
    for (*_, bot), delivery in zip(of_known, made, strict=True):
        if delivery.state == State.ERASED or (
            bot.is_veiled and inbox.names_the_erased(delivery, bot)
        ):
            delivery.blank()
    # Last, because until the end of the transaction all webhooks of a workspace wait here; and in
    # one order, or two processes that keep news of several workspaces wait for each other.
    workspaces = {letter.workspace.pk: letter.workspace for letter, *_ in of_known}
    for _, workspace in sorted(workspaces.items()):
        inbox.mark_alive(workspace, now)
    secrets = {letter.secret.pk: letter.secret for letter, *_ in of_known}
    for _, secret in sorted(secrets.items()):
        inbox.mark_used(secret, now)
    kept = {
        letter.n: Answer(204, delivery=delivery)
        for (letter, *_), delivery in zip(of_known, made, strict=True)
    }
    return kept, left


def _keep_alone(letter: _Letter, now: datetime) -> Answer:
    workspace = letter.workspace
    with trace.bound(workspace=workspace.slug):
        kept = inbox.keep(workspace, letter.verified, letter.secret, letter.body, now=now)
    return Answer(204, delivery=kept)
