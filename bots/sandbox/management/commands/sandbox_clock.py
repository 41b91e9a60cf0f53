"""The sandbox's clock as a process: five times a second, until it is told to stop."""

import os
import signal
import time
from typing import Any

import httpx
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from bots.sandbox import clock, delivery, lines


class Command(BaseCommand):
    help = "Run the sandbox's clock: tell what happens in its meetings, by webhooks."
    requires_system_checks = ()  # they would load all of the sandbox's pages

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--every", type=float, default=0.2, help="seconds between two looks")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        # A list, because an event would wait for itself where a second signal comes meanwhile.
        signals: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: signals.append(number))
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        with httpx.Client(timeout=delivery.TIMEOUT_S, limits=limits) as client:
            senders, runners = delivery.Senders(client), lines.Runners(client)
            while not signals:
                try:
                    clock.tick(timezone.now(), senders=senders, runners=runners)
                except OperationalError as e:
                    # Another process holds the file, or it is not migrated yet: look again soon.
                    self.stderr.write(f"The sandbox's clock missed a look: {e}")
                    close_old_connections()
                time.sleep(every)
            senders.stop()
            runners.stop()
        # Threads in the middle of a slow delivery would keep the process for seconds.
        os._exit(0)
