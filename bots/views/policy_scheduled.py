"""Bots that are scheduled when a policy changes: which carry it, and bringing the others along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bots import lifecycle, scheduled, tasks
from bots.models import Bot, PolicyVersion, Team
from bots.views.policy_desk import Desk, find_desk, find_editable
from bots.views.shell import say, wants_partial


@dataclass(frozen=True, slots=True)
class Waiting:
    """A team's scheduled bots: how many carry its policy in force, and those that do not."""

    team: Team
    newest: PolicyVersion
    ready: int
    behind: list[scheduled.Affected]
    report: scheduled.Report

    @property
    def can(self) -> int:
        return sum(each.can for each in self.behind)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """The piece of the policy's page about scheduled bots; a post brings them along."""
    if request.method == "POST":
        desk = find_editable(request, slug, pk)
        sentence, went_well = bring_along(desk, request.user, timezone.now())
        say(request, sentence or "No bot is scheduled.", bad=not went_well)
        return redirect(desk.page_url)
    desk = find_desk(request, slug, pk)
    if not wants_partial(request):
        return redirect(desk.page_url)
    context = {"membership": desk.membership, "desk": desk}
    return render(request, "_policy_scheduled.html", context | waiting(desk))


def waiting(desk: Desk) -> dict[str, Any]:
    """What `_policy_scheduled.html` shows of the bots that follow this policy."""
    return {"waiting": list(_waiting(desk, timezone.now()))}


def counts(desk: Desk, now: datetime) -> tuple[int, int]:
    """How many bots scheduled under this policy can follow it, and how many join too soon."""
    bots = Bot.objects.filter(workspace=desk.membership.workspace, team__in=desk.teams)
    mine = bots.exclude(policy=None).upcoming()
    soon = mine.filter(join_at__lte=now + lifecycle.LEAD_TIME).count()
    return mine.count() - soon, soon


def bring_along(desk: Desk, by: Any, now: datetime) -> tuple[str, bool]:
    """Update the scheduled bots; the sentence that says what came of it, and whether all can be."""
    results = [scheduled.update(team, by, now) for team in desk.teams]
    for result in results:
        for order in result.orders:
            tasks.wake_order(order)
    updated = sum(len(result.updated) for result in results)
    left = [each for result in results for each in result.left if each[0].policy_id is not None]
    said = []
    if updated:
        said.append(f"{_bots(updated)} {'is' if updated == 1 else 'are'} being updated.")
    said += [f"“{bot.title or bot.name}” stays as it was: {why}" for bot, why in left[:3]]
    if len(left) > 3:
        said.append(f"{len(left) - 3} more stay as they were.")
    return " ".join(said), not left


def _waiting(desk: Desk, now: datetime) -> Iterator[Waiting]:
    for team in filter(lambda each: desk.membership.sees(each.pk), desk.teams):
        found = [each for each in scheduled.affected(team, now) if each.bot.policy_id is not None]
        newest = desk.newest if desk.team else PolicyVersion.objects.current(team)
        behind = [each for each in found if each.bot.policy_id != newest.pk]
        if found:
            report = scheduled.report(team, newest.created_at)
            yield Waiting(team, newest, len(found) - len(behind), behind, report)


def _bots(number: int) -> str:
    return f"{number} scheduled bot{'' if number == 1 else 's'}"
