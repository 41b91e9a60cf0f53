"""Have bots observe webhooks once more, after the reason why they failed was mended."""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from bots import inbox
from bots.models import AuditEvent, Delivery, Workspace
from bots.models.audit import Verb

State = Delivery.State
_AGO = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Command(BaseCommand):
    help = (
        "Replays webhooks that are kept: those that failed, were given up or whose bot is unknown, "
        "unless told otherwise. What a bot knows already changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        states = ",".join(Delivery.UNFINISHED)
        parser.add_argument("--workspace", help="only of the workspace with this slug")
        parser.add_argument("--state", default=states, help=f"words parted by commas ({states})")
        parser.add_argument("--since", help="2026-11-20, 2026-11-20T12:00Z, or ago: 90m, 6h, 2d")
        parser.add_argument("--event", help="only this event, e.g. bot.done")
        parser.add_argument("--id", type=int, action="append", help="only this one (repeatable)")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        chosen = _chosen(options, now)
        found = Counter(chosen.values_list("state", flat=True))
        if not found:
            self.stdout.write("No delivery matches.")
        elif options["dry_run"]:
            self.stdout.write(f"Would be replayed: {_counted(found)}.")
        else:
            self.stdout.write(f"Replaying {_counted(found)}.")
            self.stdout.write(f"Now: {_counted(_replay(chosen, now))}.")


def _chosen(options: dict[str, Any], now: datetime) -> QuerySet[Delivery]:
    """The deliveries that the options mean. Raises CommandError where they mean nothing."""
    chosen = Delivery.objects.all()
    if slug := options["workspace"]:
        if not Workspace.objects.filter(slug=slug).exists():
            raise CommandError(f"There is no workspace called {slug}.")
        chosen = chosen.filter(workspace__slug=slug)
    if options["id"]:
        chosen = chosen.filter(pk__in=options["id"])
    else:
        chosen = chosen.filter(state__in=_states(options["state"]))
    if options["since"]:
        chosen = chosen.filter(received_at__gte=_since(options["since"], now))
    if options["event"]:
        chosen = chosen.filter(event=options["event"])
    return chosen


def _states(said: str) -> list[str]:
    states = [word.strip() for word in said.split(",") if word.strip()]
    if unknown := sorted(set(states) - set(State.values)):
        known = ", ".join(State.values)
        raise CommandError(f"No such state: {', '.join(unknown)}. There are {known}.")
    return states


def _since(said: str, now: datetime) -> datetime:
    if ago := _AGO.fullmatch(said):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        at = parse_datetime(said)
        if at is None and (day := parse_date(said)):
            at = datetime(day.year, day.month, day.day)
    except ValueError:
        at = None
    if at is None:
        raise CommandError(f"{said} is no time. Write 2026-11-20, 2026-11-20T12:00Z, 6h or 2d.")
    return at if at.tzinfo else timezone.make_aware(at)


def _replay(chosen: QuerySet[Delivery], now: datetime) -> Counter[str]:
    """Replay them in the order in which they came; how many ended in which state."""
    ended: Counter[str] = Counter()
    by_workspace: Counter[int] = Counter()
    # The ids first: what is replayed may no longer match.
    for pk in list(chosen.order_by("received_at", "pk").values_list("pk", flat=True)):
        delivery = Delivery.objects.select_related("workspace").filter(pk=pk).first()
        if delivery is None:
            continue
        ended[inbox.replay(delivery, now=now).state] += 1
        by_workspace[delivery.workspace_id] += 1
    for workspace in Workspace.objects.filter(pk__in=by_workspace):
        count = by_workspace[workspace.pk]
        AuditEvent.objects.record(
            workspace,
            Verb.DELIVERY_REPLAYED,
            by=None,
            now=now,
            what="1 delivery" if count == 1 else f"{count} deliveries",
        )
    return ended


def _counted(states: Counter[str]) -> str:
    """E.g. "3 failed, 1 unknown bot"."""
    labels = dict(State.choices)
    return ", ".join(f"{count} {labels[state]}" for state, count in sorted(states.items()))
