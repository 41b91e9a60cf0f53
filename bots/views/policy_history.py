"""The versions of a policy: the list with what each changed, one of them, two beside each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from bots import policy
from bots.models import PolicyVersion
from bots.models.policy import Changed
from bots.views import policy_scheduled
from bots.views.policy_desk import Desk, find_desk, find_editable
from bots.views.policy_sheet import Sheet
from bots.views.shell import say

AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """A version with what it changed of the one before; `is_first` where there is none."""

    version: PolicyVersion
    changes: tuple[policy.Difference, ...]
    is_first: bool
    is_newest: bool
    url: str
    restore_url: str


@require_safe
def history(request: HttpRequest, slug: str, pk: int | None = None) -> HttpResponse:
    """Every version, newest first; `was` and `now` put two of them beside each other."""
    desk = find_desk(request, slug, pk)
    versions = PolicyVersion.objects.of(desk.membership.workspace, desk.team)
    before = _number(request.GET.get("before", ""))
    rows = list((versions.filter(number__lt=before) if before else versions)[: AT_ONCE + 1])
    context = {
        "membership": desk.membership,
        "desk": desk,
        "teams": list(desk.membership.workspace.teams.order_by("pk")),
        "entries": list(_entries(desk, rows))[:AT_ONCE],
        "older": rows[AT_ONCE - 1].number if len(rows) > AT_ONCE else None,
        "numbers": range(desk.newest.number, 0, -1),
        "compared": _compared(request, desk),
    }
    return render(request, "policy_history.html", context)


@require_safe
def version(request: HttpRequest, slug: str, number: int, pk: int | None = None) -> HttpResponse:
    """One version in full, in words."""
    desk = find_desk(request, slug, pk)
    found = desk.find_version(number)
    before = desk.find_version(number - 1) if number > 1 else None
    context = {
        "membership": desk.membership,
        "desk": desk,
        "sheet": Sheet(found, None),
        "entry": next(_entries(desk, [found, *([before] if before else [])])),
    }
    return render(request, "policy_version.html", context)


@require_POST
def restore(request: HttpRequest, slug: str, number: int, pk: int | None = None) -> HttpResponse:
    """Make a new version with the rules of an old one, as far as no lock is in the way."""
    desk = find_editable(request, slug, pk)
    old, newest = desk.find_version(number), desk.newest
    rules = policy.Rules.read(
        {
            **newest.rules,
            **{name: old.rules[name] for name in desk.open_names(newest) & set(old.rules)},
        }
    )
    as_now = {name: newest.rules[name] for name in desk.opened(rules, newest)}
    rules = replace(rules, **as_now)
    if not policy.differences(newest.pure.rules, rules, newest.locks, _locks(desk, old)):
        say(request, f"Version {number} says what counts now, so there is nothing to restore.")
    elif why_not := _why_not(desk, rules, old):
        say(request, f"Version {number} cannot be restored. {why_not}", bad=True)
    else:
        try:
            made = desk.save(
                rules,
                old.locks,
                request.user,
                note=f"Version {number} restored",
                restored=number,
                after=newest.number,
            )
        except Changed as meanwhile:
            say(request, f"{meanwhile} Look at it, then restore again.", bad=True)
        else:
            sentence = f"Version {number} is restored, as version {made.number}."
            behind, _ = policy_scheduled.counts(desk, timezone.now())
            if behind:
                sentence += (
                    " Scheduled bots keep theirs until they are updated on the policy's page."
                )
            say(request, sentence)
    return redirect(desk.history_url)


def _why_not(desk: Desk, rules: policy.Rules, old: PolicyVersion) -> str:
    """Why the rules of an old version cannot count now, or ""."""
    for name, sentence in policy.rule_problems(rules).items():
        return f"{policy.LABELS[name]}: {sentence}"
    return next(iter(desk.clashes(rules, old.locks)), "")


def _entries(desk: Desk, rows: list[PolicyVersion]) -> Iterator[Entry]:
    """Each row with what it changed of the next one in the list, which is the older."""
    for row, older in zip(rows, [*rows[1:], None], strict=True):
        changes = _differences(desk, older, row) if older else ()
        yield Entry(
            version=row,
            changes=changes,
            is_first=older is None,
            is_newest=row.number == desk.newest.number,
            url=desk.url("policy_version", row.number),
            restore_url=desk.url("policy_restore", row.number),
        )


def _differences(
    desk: Desk, was: PolicyVersion, now: PolicyVersion
) -> tuple[policy.Difference, ...]:
    return policy.differences(
        policy.Rules.read(was.rules), policy.Rules.read(now.rules), was.locks, now.locks
    )


def _compared(request: HttpRequest, desk: Desk) -> dict[str, object] | None:
    was, now = (_number(request.GET.get(word, "")) for word in ("was", "now"))
    if not was or not now:
        return None
    one, other = desk.find_version(was), desk.find_version(now)
    return {"was": one, "now": other, "changes": _differences(desk, one, other)}


def _locks(desk: Desk, old: PolicyVersion) -> list[str]:
    """The locks after restoring: a team does not decide over its own."""
    return list(desk.newest.locks if desk.team else old.locks)


def _number(text: str) -> int:
    """A version's number from an address, 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
