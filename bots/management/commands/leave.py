"""Tell a bot to leave its meeting, and wait until what it recorded is there."""

import time
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from bots import actions, lifecycle, tasks
from bots.lifecycle import Action, Phase
from bots.models import Bot

POLL_S = 1.0
GIVEN_BY = "A command on the server"


class Command(BaseCommand):
    help = (
        "Tells a bot to leave its meeting. With --wait it ends when Recall has processed what was "
        "recorded, and prints it; it fails with the reason where the bot failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bot", help="Recall's id of the bot, or the number in its address here")
        parser.add_argument("--wait", action="store_true", help="wait until all is processed")
        parser.add_argument(
            "--timeout", type=float, default=3600.0, metavar="SECONDS", help="for at most so long"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        bot = self._find(options["bot"])
        try:
            order = actions.order(
                bot, Action.LEAVE, by=None, now=timezone.now(), given_by=GIVEN_BY, confirmed=True
            )
        except actions.NotNow as reason:
            # One that is leaving or has left can still be waited for.
            if not (options["wait"] and Phase(bot.phase) in _GOING):
                raise CommandError(str(reason)) from None
        else:
            tasks.wake_order(order)
            self.stdout.write(f"{bot} is told to leave.")
        if options["wait"]:
            self._wait(bot, until=time.monotonic() + options["timeout"])

    def _find(self, said: str) -> Bot:
        found = Q(pk=int(said)) if said.isascii() and said.isdecimal() else None
        if found is None:
            try:
                found = Q(recall_id=UUID(said))
            except ValueError:
                raise CommandError(
                    f"“{said}” is neither Recall's id of a bot nor a number."
                ) from None
        bots = list(Bot.objects.filter(found).select_related("workspace", "team")[:2])
        if not bots:
            raise CommandError(f"There is no bot {said} here.")
        if len(bots) > 1:
            raise CommandError("Two workspaces know that bot: say the number in its address here.")
        return bots[0]

    def _wait(self, bot: Bot, *, until: float) -> None:
        shown = ""
        while True:
            bot.refresh_from_db()
            phase = Phase(bot.phase)
            if phase.label != shown:
                shown = phase.label
                self.stdout.write(shown)
            if phase.is_over:
                break
            refused = bot.orders.filter(action=Action.LEAVE).order_by("pk").last()
            if refused is not None and refused.state in ("refused", "expired"):
                raise CommandError(refused.error)
            if time.monotonic() > until:
                raise CommandError(f"It is still so: {shown}. Nothing is lost; look again later.")
            time.sleep(POLL_S)
        if phase is Phase.FAILED:
            said = lifecycle.explain(bot.code, bot.sub_code)
            raise CommandError(bot.failure or f"{said.title}. {said.sentence}".strip())
        self._tell(bot)

    def _tell(self, bot: Bot) -> None:
        """What there is of media now, and where."""
        recordings = list(bot.recordings.prefetch_related("artifacts").order_by("created_at", "pk"))
        if not recordings:
            self.stdout.write("Nothing was recorded.")
        for recording in recordings:
            path = reverse("recording", args=[bot.workspace.slug, recording.pk])
            self.stdout.write(f"{settings.PUBLIC_URL}{path}")
            for artifact in recording.artifacts.all():
                self.stdout.write(f"  {artifact.kind}  {artifact.status}")


_GOING = frozenset({Phase.LEAVING, Phase.PROCESSING, Phase.FINISHED, Phase.FAILED})
