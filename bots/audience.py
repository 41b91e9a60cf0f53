"""Who is to hear of an alert, by which way: what people chose, and what holds without choosing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from bots.alarms import KINDS, OF_A_TEAM, OF_THE_WORKSPACE, About, Kind, Reach
from bots.models import Alert, AlertAddress, AlertChoice, Membership, Team, Workspace
from bots.models.alert import EVERY_KIND


@dataclass(frozen=True, slots=True)
class Ways:
    """How far somebody hears of a kind, in the page and by mail."""

    page: Reach
    mail: Reach


class Choices:
    """What one member chose, or has by default; of rows that were read beforehand."""

    def __init__(self, membership: Membership, chosen: Iterable[AlertChoice]) -> None:
        self.membership = membership
        self._chosen = {(row.team_id, row.kind): row for row in chosen}

    @property
    def has_no_mail(self) -> bool:
        """Whether mails of alerts were switched off altogether."""
        whole = self._chosen.get((None, EVERY_KIND))
        return whole is not None and whole.mail == Reach.OFF

    def of(self, kind: Kind, team_id: int | None) -> Ways:
        """What counts for that kind in that team (None: about the workspace)."""
        about = KINDS[kind]
        row = self._chosen.get((team_id, kind))
        if row is not None:
            return Ways(Reach(row.page), Reach(row.mail))
        if team_id is None or team_id in self.membership.team_ids:
            return Ways(about.page, about.mail)
        # Who only looks on, as admins do everywhere, hears of the bots that they sent.
        return Ways(_at_most_mine(about.page), _at_most_mine(about.mail))

    def hears(self, alert: Alert) -> tuple[bool, bool]:
        """Whether this person hears of it in the page, and by mail; only of what may be seen."""
        about = alert.about
        if about is None or not self.may_know(alert, about):
            return False, False
        ways = self.of(Kind(alert.kind), alert.team_id)
        is_mine = alert.bot is not None and alert.bot.sent_by_id == self.membership.user_id
        mail = _reaches(ways.mail, is_mine) and not self.has_no_mail
        return _reaches(ways.page, is_mine), mail

    def may_know(self, alert: Alert, about: About) -> bool:
        """Whether it concerns anything that this person may see."""
        if not self.membership.user.is_active:
            return False
        if about.right is not None:
            return self.membership.may(about.right)
        return alert.team_id is not None and self.membership.sees(alert.team_id)


@dataclass
class Audience:
    """The people and addresses of one workspace, read with a few queries whatever their number."""

    people: list[Choices]
    addresses: dict[int, list[AlertAddress]] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace) -> "Audience":
        members = list(
            workspace.memberships.select_related("user")
            .prefetch_related("teams", "alert_choices")
            .order_by("pk")
        )
        teams = list(workspace.teams.order_by("pk"))
        for member in members:
            member.know_teams(teams)
        addresses = defaultdict(list)
        for address in AlertAddress.objects.filter(workspace=workspace).order_by("pk"):
            addresses[address.team_id].append(address)
        people = [Choices(member, member.alert_choices.all()) for member in members]
        return cls(people, dict(addresses))

    def chats(self, alert: Alert) -> Iterator[AlertAddress]:
        """The addresses that get it: those of its team that chose its kind."""
        for address in self.addresses.get(alert.team_id or 0, ()):
            if alert.kind in address.kinds:
                yield address


def choices_of(membership: Membership) -> Choices:
    """What this one person chose."""
    return Choices(membership, membership.alert_choices.all())


def choosable(membership: Membership, team_id: int | None) -> list[Kind]:
    """The kinds that this person may choose for that team, or for the workspace (None)."""
    if team_id is not None:
        return list(OF_A_TEAM)
    rights = [(kind, KINDS[kind].right) for kind in OF_THE_WORKSPACE]
    return [kind for kind, right in rights if right is not None and membership.may(right)]


@transaction.atomic
def choose(membership: Membership, teams: Iterable[Team | None], ways: Mapping[Kind, Ways]) -> None:
    """Keep what a person chose for those teams (None: for what is about the workspace)."""
    for team in teams:
        for kind, way in ways.items():
            membership.alert_choices.update_or_create(
                team=team, kind=kind, defaults={"page": way.page, "mail": way.mail}
            )


def switch_mails(membership: Membership, *, on: bool) -> None:
    """Have no mail of alerts sent to that person from that workspace, or again what is chosen."""
    if on:
        membership.alert_choices.filter(team=None, kind=EVERY_KIND).delete()
        return
    membership.alert_choices.update_or_create(
        team=None, kind=EVERY_KIND, defaults={"page": Reach.OFF, "mail": Reach.OFF}
    )


def _at_most_mine(reach: Reach) -> Reach:
    return Reach.MINE if reach is Reach.ALL else reach


def _reaches(reach: Reach, is_mine: bool) -> bool:
    return reach is Reach.ALL or (reach is Reach.MINE and is_mine)
