"""What leads decide of their team's alerts: its chats, and what is called too long."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from bots.alarms import Rules
from bots.models import AlertAddress, AlertRules, AuditEvent, Bot, Membership, Team, Verb
from bots.models.bot_queryset import LIVE_PHASES

MOST = 10


class NotAdded(Exception):
    """Why a chat was not added, as a sentence."""


def rules_of(team: Team) -> Rules:
    """What that team calls too long."""
    row = AlertRules.objects.filter(team=team).first()
    return row.rules if row is not None else Rules()


@transaction.atomic
def save_rules(
    membership: Membership, team: Team, said: Mapping[str, int], *, now: datetime
) -> None:
    """Keep it, note it, and have the bots it concerns looked at."""
    before = rules_of(team)
    AlertRules.objects.update_or_create(team=team, defaults=dict(said))
    changed = {name: value for name, value in said.items() if value != getattr(before, name)}
    if not changed:
        return
    AuditEvent.objects.record(
        membership.workspace,
        Verb.ALERT_RULES,
        by=membership.user,
        now=now,
        target=team,
        detail=changed,
    )
    # Whatever waits for its time by the old numbers; what is due already stays.
    waiting = Bot.objects.filter(team=team, alerts_due_at__gt=now)
    quiet = Bot.objects.filter(team=team, phase__in=LIVE_PHASES, alerts_due_at=None)
    (waiting | quiet).update_in_order(alerts_due_at=now)


@transaction.atomic
def add(
    membership: Membership, team: Team, *, name: str, url: str, kinds: list[str], now: datetime
) -> AlertAddress:
    """Have those kinds of alerts sent to a chat. Raises NotAdded."""
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    known = list(AlertAddress.objects.filter(team=team))
    if len(known) >= MOST:
        raise NotAdded(f"A team has no more than {MOST} chats. Remove one first.")
    if any(f"{each.url}" == url for each in known):
        raise NotAdded("This address is there already.")
    address = AlertAddress.objects.create(
        workspace=team.workspace, team=team, name=name, url=url, kinds=kinds, created_at=now
    )
    AuditEvent.objects.record(
        membership.workspace,
        Verb.CHAT_ADDED,
        by=membership.user,
        now=now,
        target=address,
        detail={"in_team": team.name, "kinds": kinds},
    )
    return address


@transaction.atomic
def remove(membership: Membership, address: AlertAddress, *, now: datetime) -> None:
    """Send nothing there any more; what waits for it goes with it."""
    AuditEvent.objects.record(
        membership.workspace,
        Verb.CHAT_REMOVED,
        by=membership.user,
        now=now,
        target=address,
        detail={"in_team": address.team.name},
    )
    address.delete()
