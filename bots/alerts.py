"""Alerts raised, resolved and put on their ways: into people's lists, into mails and messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from bots.alarms import KINDS, Kind
from bots.audience import Audience
from bots.models import (
    Alert,
    AlertAddress,
    AlertMessage,
    Bot,
    Change,
    Heard,
    Membership,
    Recording,
    Workspace,
)

State = AlertMessage.State

# What comes to one target within this time is one message; what is over by then is none.
GATHER = timedelta(minutes=1)
# One person gets a mail no oftener; what comes meanwhile is gathered into the next.
MAIL_EVERY = timedelta(minutes=5)
# So often at most are owners told of guesses at one account.
HOUR = timedelta(hours=1)
MOST_GUESSES = 100
_GUESSES = "alerts.guesses"


@dataclass(frozen=True, slots=True)
class New:
    """Something that stands and that nobody was told of yet."""

    kind: Kind
    subject: str
    since: datetime
    sentence: str
    occurrence: int = 0
    bot: Bot | None = None
    recording: Recording | None = None


@transaction.atomic
def raise_all(workspace: Workspace, found: Sequence[New], *, now: datetime) -> list[Alert]:
    """Keep what is new and tell whoever is to hear of it, all or nothing.

    Raises IntegrityError where another worker has raised one of them meanwhile.
    """
    if not found:
        return []
    # Before rows that belong to them, and in one order, so that nobody waits in a circle.
    pks = sorted({new.bot.pk for new in found if new.bot is not None})
    Bot.objects.filter(pk__in=pks).order_by("pk").hold()
    raised = Alert.objects.bulk_create(
        Alert(
            workspace=workspace,
            team_id=new.bot.team_id if new.bot else None,
            bot=new.bot,
            recording=new.recording,
            kind=new.kind,
            subject=new.subject,
            occurrence=new.occurrence,
            sentence=new.sentence,
            since=new.since,
            raised_at=now,
        )
        for new in found
    )
    _put_on_its_way(workspace, raised, now)
    _tell(raised, now)
    return raised


@transaction.atomic
def resolve(alerts: Sequence[Alert], *, now: datetime) -> None:
    """Note that these are over; who was told sees it, and what has not gone out yet does not."""
    standing = Alert.objects.standing().filter(pk__in=[alert.pk for alert in alerts])
    if standing.update(resolved_at=now):
        _tell(alerts, now)


def note_guess(key: str) -> None:
    """Note that attempts were refused at "account:5", or at a name that nobody has.

    Raised later by `raise_guesses`, so that it takes as long for a name that is known.
    """
    noted = cache.get(_GUESSES, [])
    cache.set(_GUESSES, [*noted, key][-MOST_GUESSES:], timeout=HOUR.total_seconds())


def are_guesses_noted() -> bool:
    return bool(cache.get(_GUESSES))


def raise_guesses(*, now: datetime) -> None:
    """Tell the owners of a person's workspaces that somebody guesses; once an hour each."""
    noted = set(cache.get(_GUESSES, []))
    cache.delete(_GUESSES)
    pks = {int(key.partition(":")[2]) for key in noted if key.startswith("account:")}
    for membership in Membership.objects.filter(user__in=pks).select_related("workspace", "user"):
        workspace, user = membership.workspace, membership.user
        subject = f"person:{user.pk}"
        known = workspace.alerts.filter(kind=Kind.GUESSING, subject=subject)
        last = known.order_by("-occurrence").first()
        if last is not None and now - last.raised_at < HOUR:
            continue
        sentence = (
            f"Many wrong passwords for {user.email or user.get_username()}. Further attempts are "
            "slowed. If it was somebody else, have the password changed and a second step set up."
        )
        count = last.occurrence + 1 if last else 0
        raise_all(
            workspace, [New(Kind.GUESSING, subject, now, sentence, occurrence=count)], now=now
        )


def mail_again_at(user_id: int, now: datetime) -> datetime:
    """When that person may have the next mail: five minutes after the last, so twelve an hour."""
    sent = AlertMessage.objects.filter(user=user_id, sent_at__gt=now - MAIL_EVERY)
    last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return max(now, last + MAIL_EVERY) if last is not None else now


def _put_on_its_way(workspace: Workspace, raised: Sequence[Alert], now: datetime) -> None:
    audience = Audience.of(workspace)
    heard: list[Heard] = []
    mails: dict[int, list[Alert]] = {}
    chats: dict[tuple[int, str], tuple[AlertAddress, list[Alert]]] = {}
    for alert in raised:
        for person in audience.people:
            user_id = person.membership.user_id
            in_page, by_mail = person.hears(alert)
            if in_page:
                heard.append(
                    Heard(alert=alert, user_id=user_id, workspace=workspace, raised_at=now)
                )
            if by_mail and settings.SENDS_MAIL and person.membership.user.email:
                mails.setdefault(user_id, []).append(alert)
        for address in audience.chats(alert):
            chats.setdefault((address.pk, alert.kind), (address, []))[1].append(alert)
    Heard.objects.bulk_create(heard, batch_size=500)
    # In one order, for two workers may add to the same messages.
    for user_id, alerts in sorted(mails.items(), key=lambda item: item[0]):
        due = max(now + GATHER, mail_again_at(user_id, now))
        _join(alerts, due, now, workspace=workspace, user_id=user_id, address=None)
    for (_, kind), (address, alerts) in sorted(chats.items(), key=lambda item: item[0]):
        due = max(now + GATHER, address.next_at or now)
        _join(alerts, due, now, workspace=workspace, user_id=None, address=address, kind=kind)


def _join(alerts: Sequence[Alert], due: datetime, now: datetime, **target: object) -> None:
    """Add to the message that waits for that target, or begin one; its row is held."""
    message, _ = AlertMessage.objects.select_for_update(of=("self",)).get_or_create(
        state=State.WAITING, **target, defaults={"created_at": now, "due_at": due}
    )
    message.alerts.add(*alerts)


def _tell(alerts: Iterable[Alert], now: datetime) -> None:
    """Have open pages count anew."""
    places = {(alert.workspace_id, alert.bot_id, alert.team_id) for alert in alerts}
    Change.objects.bulk_create(
        Change(workspace_id=workspace, bot_id=bot, team_id=team, at=now)
        for workspace, bot, team in sorted(places, key=str)
    )


def lasts(alert: Alert) -> bool:
    """Whether an alert of its kind is over by itself when it is no longer so."""
    return alert.kind in list(Kind) and KINDS[Kind(alert.kind)].lasts
