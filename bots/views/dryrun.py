"""The dry run: two versions of a policy tried on the team's past meetings, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from bots import dryrun, lanes, policy, tasks, trials
from bots.dryrun import Exit, Trial
from bots.lifecycle import clock
from bots.models import Bot, DryRun, Membership, PolicyVersion, Team
from bots.views import meeting
from bots.views.access import find_bot, find_dry_run, find_membership, find_seen_team
from bots.views.shell import show

# What a page may take before the rest is left to a worker.
AT_ONCE_S = 1.0
ROWS = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """Rules that can be tried: what the form sends, and what people read."""

    value: str
    label: str
    rules: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One meeting of the result."""

    bot: Bot
    trial: Trial

    @property
    def before(self) -> str:
        return dryrun.rule_words(self.trial.before, self.trial.ending)

    @property
    def after(self) -> str:
        return dryrun.rule_words(self.trial.after, self.trial.ending)

    @property
    def saved(self) -> str:
        """How much earlier, "" where it is not known or the same."""
        saved_s = self.trial.saved_s
        if not saved_s:
            return ""
        sign = "at least " if self.trial.saves_at_least else "−" if saved_s < 0 else ""
        return sign + dryrun.span(saved_s)

    @property
    def is_unknown(self) -> bool:
        """Whether nobody knows how much it would have saved."""
        return self.trial.saved_s is None

    @property
    def doubts(self) -> list[str]:
        """Why it is only approximate, as sentences."""
        exits = (self.trial.before, self.trial.after)
        said = ["Silence is told from the speech that Recall reported, which may miss a word."]
        return [*said[: any(each.inferred for each in exits)],
                *dict.fromkeys(each.doubt for each in exits if each.doubt)]  # fmt: skip


def start(
    team: Team,
    *,
    before: trials.Side,
    after: trials.Side,
    by: User | None,
    now: datetime,
) -> DryRun:
    """Begin a dry run: a second's worth of it at once, the rest is left to a worker.

    A side is a label and rules as `policy.Rules.as_json` has them; `now` is when it was asked for,
    by which of one person's dry runs the newest goes on. Afterwards redirect to
    `dry_run`, which htmx gets as a piece for any page.
    """
    run = trials.start(team, before=before, after=after, by=by, now=now)
    trials.work(run.pk, clock=timezone.now, seconds=AT_ONCE_S)
    try:
        run.refresh_from_db()
    except DryRun.DoesNotExist as gone:
        raise Http404("This dry run has made room for newer ones.") from gone
    tasks.wake_dry_run(run)
    return run


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Which version to try against which; a post begins."""
    pressed_at = timezone.now()
    membership = find_membership(request, slug)
    team = find_seen_team(membership, pk)
    choices = _choices(team)
    context = _context(membership, team, choices)
    if request.method != "POST":
        return show(request, "dryrun.html", "page", context)
    if not context["may_start"]:
        raise PermissionDenied("Only leads of this team, admins and owners start a dry run.")
    known = {choice.value: choice for choice in choices}
    before, after = (known.get(request.POST.get(name, "")) for name in ("before", "after"))
    if before is None or after is None:
        context["error"] = "Choose two versions of this team's policy."
    elif before == after:
        context["error"] = "Choose two different ones: there is nothing to compare."
        context |= {"chosen_before": before.value, "chosen_after": after.value}
    else:
        run = start(
            team,
            before=(before.label, before.rules),
            after=(after.label, after.rules),
            by=membership.user,
            now=pressed_at,
        )
        return redirect("dry_run", slug, team.pk, run.pk)
    return show(request, "dryrun.html", "page", context, status=422)


@require_safe
def result(request: HttpRequest, slug: str, pk: int, run: int) -> HttpResponse:
    """How far it has got, or what came of it; for htmx only that."""
    membership = find_membership(request, slug)
    team = find_seen_team(membership, pk)
    found = find_dry_run(team, run)
    choices = _choices(team)
    context = _context(membership, team, choices) | {"run": found} | _chosen(found, choices)
    if found.state == DryRun.State.FINISHED:
        context |= _result(found, membership, request.GET.get("rows", ""))
    return show(request, "dryrun.html", "result", context)


@require_safe
def one(request: HttpRequest, slug: str, pk: int, run: int, bot: int) -> HttpResponse:
    """One meeting of a dry run as a picture with both moments of leaving."""
    membership = find_membership(request, slug)
    team = find_seen_team(membership, pk)
    found = find_dry_run(team, run)
    kept = next((row for row in found.results if row["bot"] == bot), None)
    if kept is None:
        raise Http404("That meeting is not part of this dry run.")
    tried = find_bot(membership, bot)
    row = Row(tried, Trial.read(kept))
    context = {
        "membership": membership,
        "team": team,
        "run": found,
        "row": row,
        "picture": _picture(row, datetime.fromtimestamp(kept["origin"], UTC)),
    }
    return show(request, "dryrun_meeting.html", "picture", context)


def _choices(team: Team) -> list[Choice]:
    """The versions of the team's policy, newest first, and the newest with each preset."""
    newest = PolicyVersion.objects.current(team)
    versions = PolicyVersion.objects.of(team.workspace, team)
    choices = [
        Choice(
            str(version.number),
            f"Version {version.number}" + (", in force" if version.pk == newest.pk else ""),
            version.rules,
        )
        for version in versions
    ]
    of_newest = policy.preset_of(policy.Rules.read(newest.rules))
    for name, timers in policy.PRESETS.items():
        if name != of_newest:
            label = f"Version {newest.number} with {name} timers"
            choices.append(Choice(name, label, {**newest.rules, **timers}))
    return choices


def _context(membership: Membership, team: Team, choices: list[Choice]) -> dict[str, Any]:
    # Either what the last save changed, or what a change might bring.
    versions = [choice.value for choice in choices if choice.value.isdigit()]
    first, second = choices[0].value, choices[1].value
    before, after = (versions[1], first) if len(versions) > 1 else (first, second)
    return {
        "membership": membership,
        "team": team,
        "may_start": membership.leads(team),
        "teams": membership.seen_teams,
        "choices": choices,
        "chosen_before": before,
        "chosen_after": after,
        "meetings": trials.past_meetings(team).count(),
    }


def _chosen(run: DryRun, choices: list[Choice]) -> dict[str, str]:
    """What was compared, chosen again; nothing where it can no longer be."""
    values = {choice.label: choice.value for choice in choices}
    before, after = (values.get(side.get("label")) for side in (run.before, run.after))
    return {"chosen_before": before, "chosen_after": after} if before and after else {}


def _result(run: DryRun, membership: Membership, rows: str) -> dict[str, Any]:
    """The numbers of a finished run and its first rows: who was missed first, then what changed."""
    kept = [(row["bot"], Trial.read(row)) for row in run.results]
    total = dryrun.total(trial for _, trial in kept)
    kept.sort(key=lambda pair: _weight(pair[1]))
    shown = int(rows) if rows.isascii() and rows.isdecimal() and len(rows) < 6 else ROWS
    bots = Bot.objects.seen_by(membership).in_bulk([pk for pk, _ in kept[:shown]])
    found = [Row(bots[pk], trial) for pk, trial in kept[:shown] if pk in bots]
    return {
        "total": total,
        "sentence": dryrun.sentence(total),
        "harmful": [row for row in found if row.trial.harm],
        "others": [row for row in found if not row.trial.harm],
        "left_out": run.done - total.meetings,
        "more": max(total.meetings - shown, 0),
        "next_rows": shown + 10 * ROWS,
    }


def _weight(trial: Trial) -> tuple[bool, bool, float]:
    return (
        not trial.harm,
        trial.saved_s == 0,
        -(trial.saved_s or 0.0),
    )


def _picture(row: Row, origin: datetime) -> lanes.Picture | None:
    bot = row.bot
    changes = list(bot.status_changes.order_by("at", "pk"))
    recordings = list(bot.recordings.order_by("created_at", "pk"))
    exits: list[tuple[str, str, Exit, str]] = [
        ("was", "Before", row.trial.before, row.before),
        ("new", "New", row.trial.after, row.after),
    ]
    marks = [
        lanes.Mark(
            kind,
            f"{label}, {clock(int(exit_.at_s))}: {words}",
            datetime.fromtimestamp(origin.timestamp() + exit_.at_s, UTC),
        )
        for kind, label, exit_, words in exits
    ]
    return meeting.picture(
        bot,
        changes=changes,
        recordings=recordings,
        meeting=meeting.of_bot(bot),
        stopped_at=meeting.stops(bot.orders.order_by("pk")),
        now=timezone.now(),
        marks=marks,
    )
