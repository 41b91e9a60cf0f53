"""What is done to teams and to the workspace's name: made, renamed, archived, brought back."""

from datetime import datetime

from bots.models import AuditEvent, Bot, Membership, Team, Verb, Workspace
from bots.people import NotAllowed, doing, tell
from bots.rights import Right

TAKEN = "There is a team called “{}” already."
TAKEN_ARCHIVED = "There is an archived team called “{}”. Bring it back, or choose another name."
LAST_TEAM = "This is the last team. Make another one first: bots have to be sent for some team."


def make(by: Membership, name: str, *, now: datetime) -> Team:
    """A new team, whose first member is whoever makes it. Raises NotAllowed."""
    with doing(by) as actor:
        _check_name(actor.workspace, name)
        team = actor.workspace.teams.create(name=name)
        actor.teams.add(team)
        _note(actor, Verb.TEAM_MADE, team, now)
        tell(actor.workspace, now)
    return team


def rename(by: Membership, team: Team, name: str, *, now: datetime) -> None:
    """Give a team another name; bots, policies and history stay its own. Raises NotAllowed."""
    with doing(by) as actor:
        held = actor.workspace.teams.get(pk=team.pk)
        if held.name == name:
            return
        _check_name(actor.workspace, name, but=held)
        was, held.name = held.name, name
        held.save(update_fields=["name"])
        _note(actor, Verb.TEAM_RENAMED, held, now, **{"from": was, "to": name})
        tell(actor.workspace, now)


def archive(by: Membership, team: Team, *, now: datetime) -> None:
    """Have no bot sent for the team any more; what it recorded stays. Raises NotAllowed.

    Refused while bots are scheduled for it: they would go to meetings for a team that is gone.
    """
    with doing(by) as actor:
        # Whoever sends a bot holds this row, too, and then looks whether it is archived.
        held = actor.workspace.teams.select_for_update(no_key=True).get(pk=team.pk)
        if held.archived_at is not None:
            return
        if why_not := reason_against(held):
            raise NotAllowed(why_not)
        held.archived_at = now
        held.save(update_fields=["archived_at"])
        _note(actor, Verb.TEAM_ARCHIVED, held, now)
        tell(actor.workspace, now)


def reason_against(team: Team) -> str:
    """Why the team can't be archived now, or ""."""
    if not team.workspace.teams.active().exclude(pk=team.pk).exists():
        return LAST_TEAM
    count = Bot.objects.filter(workspace=team.workspace_id, team=team).upcoming().count()
    if count:
        bots = "1 bot is" if count == 1 else f"{count} bots are"
        return f"{bots} scheduled for {team}. Cancel them, or wait until they have been there."
    return ""


def restore(by: Membership, team: Team, *, now: datetime) -> None:
    """Bring an archived team back."""
    with doing(by) as actor:
        back = actor.workspace.teams.filter(pk=team.pk).exclude(archived_at=None)
        if back.update(archived_at=None):
            _note(actor, Verb.TEAM_RESTORED, team, now)
            tell(actor.workspace, now)


def rename_workspace(by: Membership, name: str, *, now: datetime) -> None:
    """Give the workspace another name; its address stays."""
    with doing(by, Right.OWN) as actor:
        workspace = actor.workspace
        if workspace.name == name:
            return
        was, workspace.name = workspace.name, name
        workspace.save(update_fields=["name"])
        AuditEvent.objects.record(
            workspace,
            Verb.WORKSPACE_RENAMED,
            by=actor.user,
            now=now,
            target=workspace,
            detail={"from": was, "to": name},
        )


def _check_name(workspace: Workspace, name: str, *, but: Team | None = None) -> None:
    """Raise NotAllowed where another team is called so, in whatever case."""
    others = [team for team in workspace.teams.filter(name__iexact=name) if team != but]
    for known in others[:1]:
        said = TAKEN_ARCHIVED if known.archived_at else TAKEN
        raise NotAllowed(said.format(known.name))


def _note(by: Membership, verb: str, team: Team, now: datetime, **detail: object) -> None:
    AuditEvent.objects.record(by.workspace, verb, by=by.user, now=now, target=team, detail=detail)
