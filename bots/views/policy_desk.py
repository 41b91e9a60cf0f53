"""Whose policy somebody looks at: its addresses, who may change it, how a new version is made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from bots import policy
from bots.models import Membership, PolicyVersion, Team
from bots.views.access import find_membership, find_team, find_version


@dataclass(frozen=True)
class Desk:
    """Whose policy somebody looks at, a team's or the workspace default (`team` None)."""

    membership: Membership
    team: Team | None
    newest: PolicyVersion

    @cached_property
    def may_edit(self) -> bool:
        if self.team is None:
            return self.membership.may_administer
        return self.membership.leads(self.team)

    @property
    def sees_meetings(self) -> bool:
        """Whether this person may know of the meetings that this policy is about.

        Of the others they read what the policy says, not why it was changed.
        """
        return self.team is None or self.membership.sees(self.team.pk)

    @property
    def name(self) -> str:
        return self.team.name if self.team else "Workspace default"

    @property
    def base_name(self) -> str:
        """Whose value counts where this policy has none of its own."""
        return "the workspace's value" if self.team else "recalldash's default"

    @property
    def next_number(self) -> int:
        return self.newest.number + 1

    @property
    def page_url(self) -> str:
        return self.url("policy")

    @property
    def check_url(self) -> str:
        return self.url("policy_check")

    @property
    def try_url(self) -> str:
        return self.url("policy_try")

    @property
    def scheduled_url(self) -> str:
        return self.url("policy_scheduled")

    @property
    def history_url(self) -> str:
        return self.url("policy_history")

    def url(self, name: str, *args: Any) -> str:
        """The address of a page of this policy; `name` is what the team's is called."""
        slug = self.membership.workspace.slug
        if self.team is None:
            return reverse(name.replace("policy", "policy_default", 1), args=[slug, *args])
        return reverse(name, args=[slug, self.team.pk, *args])

    @property
    def teams(self) -> list[Team]:
        """The teams whose bots follow this policy."""
        if self.team:
            return [self.team]
        return list(self.membership.workspace.teams.order_by("pk"))

    def find_version(self, number: int) -> PolicyVersion:
        """That version of this policy, or 404."""
        return find_version(self.membership, self.team, number)

    def open_names(self, version: PolicyVersion) -> frozenset[str]:
        """The fields that may be changed here: a team's own word ends where a lock begins."""
        locks = version.locks if self.team else ()
        return frozenset(name for name in policy.FIELDS if policy.SECTION_OF[name] not in locks)

    def clashes(self, rules: policy.Rules, locks: Collection[str]) -> list[str]:
        """What teams say themselves that cannot stand on this default, as sentences."""
        found = []
        for team in self.teams if self.team is None else ():
            for name, sentence in policy.rule_problems(on_default(team, rules, locks)).items():
                label = policy.LABELS[name]
                found.append(f"{team} sets what does not go with this. {label}: {sentence}")
        return found

    def opened(self, rules: policy.Rules, version: PolicyVersion) -> dict[str, str]:
        """The switches by which a team would open what the workspace fixes under a lock."""
        if self.team is None or version.base is None:
            return {}
        beneath = policy.Rules.read(version.base.rules)
        return {
            name: f"The workspace fixes this and locks “{policy.SECTION_LABELS[section]}”, so a "
            "team cannot leave it to operators."
            for name, section in policy.LOCK_OF.items()
            if section in version.locks and getattr(rules, name) and not getattr(beneath, name)
        }

    def own_of(self, rules: policy.Rules) -> dict[str, Any]:
        """What this policy must say itself so that these rules count, on what is beneath it now.

        What a team says in locked sections is kept for the day when the lock is gone.
        """
        newest, base = self.newest, self.newest.base
        names = self.open_names(newest)
        silenced = newest.pure.is_silenced
        kept = {name: value for name, value in newest.own.items() if silenced(name)}
        return kept | policy.changed_from(rules, base.rules if base else {}, names)

    def save(
        self, rules: policy.Rules, locks: Collection[str], by: Any, **said: Any
    ) -> PolicyVersion:
        """Make a new version with these rules; raises Changed as the model does."""
        own, now = self.own_of(rules), timezone.now()
        versions = PolicyVersion.objects
        if self.team:
            return versions.save_team(self.team, own, by=by, now=now, **said)
        return versions.save_default(self.membership.workspace, own, locks, by=by, now=now, **said)


def on_default(team: Team, default: policy.Rules, locks: Collection[str]) -> policy.Rules:
    """What would count for the team if that were the workspace default."""
    own = PolicyVersion.objects.current(team).own
    base = default.as_json()
    return policy.Version(team=team.name, own=own, base=base, locks=frozenset(locks)).rules


def find_desk(request: HttpRequest, slug: str, pk: int | None) -> Desk:
    """The policy of that team, or the workspace default (None), for any member; 404 to others."""
    membership = find_membership(request, slug)
    if pk is None:
        return Desk(membership, None, PolicyVersion.objects.default(membership.workspace))
    team = find_team(membership, pk)
    return Desk(membership, team, PolicyVersion.objects.current(team))


def find_editable(request: HttpRequest, slug: str, pk: int | None) -> Desk:
    """The same, for whoever may change it; 403 for others."""
    desk = find_desk(request, slug, pk)
    if not desk.may_edit:
        who = "Leads of this team, admins and owners" if desk.team else "Admins and owners"
        raise PermissionDenied(f"{who} change this policy. You can read it.")
    return desk
