"""The one way a view gets anything: through the person who asks."""

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from bots import batches, belonging
from bots.models import (
    Alert,
    AlertAddress,
    ApiToken,
    Artifact,
    Assistant,
    Batch,
    Bot,
    Delivery,
    DryRun,
    Erasure,
    Invitation,
    KeptFile,
    LeaveRule,
    Membership,
    Order,
    PersonErasure,
    Picture,
    PolicyVersion,
    Recording,
    Share,
    Team,
    Track,
    Transcript,
)
from bots.models.looked_up import has
from bots.rights import Right


def memberships_of(request: HttpRequest) -> list[Membership]:
    """This person's memberships with their workspaces, by name; asked once for each request."""
    return belonging.of(request.user)


def find_membership(request: HttpRequest, slug: str) -> Membership:
    """This person's membership of that workspace; to a stranger it doesn't exist (404)."""
    for membership in memberships_of(request):
        if membership.workspace.slug == slug:
            return membership
    raise Http404("No such workspace.")


def find_with(request: HttpRequest, slug: str, right: Right) -> Membership:
    """The same, for whoever has that right there; 403 with the reason for others."""
    membership = find_membership(request, slug)
    if not membership.may(right):
        role = membership.get_role_display().lower()
        raise PermissionDenied(f"Your role in this workspace is {role}. {WHY_NOT[right]}")
    return membership


def find_operator(request: HttpRequest, slug: str) -> Membership:
    """The same, for whoever may send bots and press buttons; 403 for viewers."""
    return find_with(request, slug, Right.OPERATE)


def find_bot(membership: Membership, pk: int) -> Bot:
    """A bot of that workspace which this person may see, or 404.

    With what its page asks besides: its ear, the policy that it was sent under, the number of its
    team's newest one (`newest_policy`), and whether something of it was erased (`was_erased`).
    """
    policies = PolicyVersion.objects.filter(team=OuterRef("team")).order_by("-number")
    bots = (
        Bot.objects.seen_by(membership)
        .select_related("team", "sent_by", "ear", "policy__team", "policy__base")
        .annotate(
            newest_policy=Subquery(policies.values("number")[:1]),
            was_erased=has(Erasure.objects.filter(bot=OuterRef("pk"))),
        )
    )
    bot: Bot = get_object_or_404(bots, pk=pk)
    bot.workspace = bot.team.workspace = membership.workspace
    return bot


def find_bot_to_steer(membership: Membership, pk: int) -> Bot:
    """The same, where this person may press its buttons; 403 for a bot of another team."""
    bot = find_bot(membership, pk)
    if not membership.operates(bot.team_id):
        raise PermissionDenied(f"This bot belongs to {bot.team}; only its members steer it.")
    return bot


def find_recording(membership: Membership, pk: int) -> Recording:
    """A recording of that workspace which this person may see, or 404."""
    recordings = Recording.objects.seen_by(membership).select_related(
        "bot__team", "bot__policy__base", "digest"
    )
    recording: Recording = get_object_or_404(recordings, pk=pk)
    recording.workspace = recording.bot.workspace = membership.workspace
    recording.bot.team.workspace = membership.workspace
    return recording


def find_transcript(recording: Recording, pk: int) -> Transcript:
    """One of the transcripts of a recording that this person was found to see, or 404."""
    return get_object_or_404(recording.transcripts, pk=pk)


def find_transcript_if_there(recording: Recording, pk: int) -> Transcript | None:
    """The same; None where there is none of that number (any more), as live words give way."""
    return find_transcript(recording, pk) if Transcript.objects.filter(pk=pk).exists() else None


def find_recording_to_steer(membership: Membership, pk: int) -> Recording:
    """A recording whose bot this person may press the buttons of; 403 for one of another team."""
    recording = find_recording(membership, pk)
    if not membership.operates(recording.bot.team_id):
        team = recording.bot.team
        raise PermissionDenied(f"This recording belongs to {team}; only its members may do this.")
    return recording


def find_order(membership: Membership, pk: int) -> Order:
    """An order to a bot which this person may see, or 404."""
    seen = Bot.objects.seen_by(membership)
    return get_object_or_404(Order.objects.select_related("bot"), bot__in=seen, pk=pk)


def find_leave_rule(membership: Membership, pk: int) -> LeaveRule:
    """A rule of leaving of a bot which this person may see, or 404."""
    seen = Bot.objects.seen_by(membership)
    return get_object_or_404(LeaveRule.objects.select_related("bot"), bot__in=seen, pk=pk)


def find_batch(membership: Membership, pk: int) -> Batch:
    """What many bots were told at once, one of which this person may see; or 404."""
    return get_object_or_404(batches.seen_by(membership).select_related("by"), pk=pk)


def find_delivery(membership: Membership, pk: int) -> Delivery:
    """A webhook that came for that workspace, or 404; who may look is asked by `find_with`."""
    rows = Delivery.objects.select_related("workspace", "bot", "bot__team")
    return get_object_or_404(rows, workspace=membership.workspace, pk=pk)


def find_artifact(membership: Membership, pk: int) -> Artifact:
    """A file of a recording which this person may see, or 404."""
    seen = Recording.objects.seen_by(membership)
    artifacts = Artifact.objects.select_related("recording__bot__workspace")
    return get_object_or_404(artifacts, recording__in=seen, pk=pk)


def find_kept(membership: Membership, pk: int) -> KeptFile:
    """A copy of a file of a recording which this person may see, or 404."""
    seen = Recording.objects.seen_by(membership)
    copies = KeptFile.objects.select_related("recording__bot__workspace", "recording__bot__team")
    return get_object_or_404(copies, recording__in=seen, pk=pk)


def find_track(membership: Membership, pk: int) -> Track:
    """A person's own track in a recording which this person may see, or 404."""
    seen = Recording.objects.seen_by(membership)
    tracks = Track.objects.select_related("artifact__recording__bot__workspace")
    return get_object_or_404(tracks, artifact__recording__in=seen, pk=pk)


def find_share(membership: Membership, pk: int) -> Share:
    """A link to a recording which this person may see, or 404."""
    seen = Recording.objects.seen_by(membership)
    shares = Share.objects.select_related("recording__workspace", "recording__bot__team")
    return get_object_or_404(shares, recording__in=seen, pk=pk)


def find_team(membership: Membership, pk: int) -> Team:
    """A team of that workspace, or 404; its meetings are another matter (`find_seen_team`)."""
    teams = Team.objects.select_related("workspace")
    return get_object_or_404(teams, workspace=membership.workspace, pk=pk)


def find_seen_team(membership: Membership, pk: int) -> Team:
    """A team of that workspace whose meetings this person may see, or 404."""
    team = find_team(membership, pk)
    if not membership.sees(team.pk):
        raise Http404("No such team.")
    return team


def find_team_to_lead(membership: Membership, pk: int) -> Team:
    """A team of that workspace whose lead this person is; 403 for others."""
    team = find_team(membership, pk)
    if not membership.leads(team):
        raise PermissionDenied(f"Only leads of {team}, admins and owners may do this.")
    return team


def find_alert_address(membership: Membership, pk: int) -> AlertAddress:
    """A chat that alerts of a team go to which this person leads; 403 for others."""
    rows = AlertAddress.objects.select_related("team", "workspace")
    address = get_object_or_404(rows, workspace=membership.workspace, pk=pk)
    find_team_to_lead(membership, address.team_id)
    return address


def find_alert(membership: Membership, pk: int) -> Alert:
    """An alert about something in that workspace that this person may see, or 404."""
    alert = get_object_or_404(Alert, workspace=membership.workspace, pk=pk)
    about = alert.about
    if alert.team_id is not None and not membership.sees(alert.team_id):
        raise Http404("No such alert.")
    if about is not None and about.right is not None and not membership.may(about.right):
        raise Http404("No such alert.")
    return alert


def find_assistant(membership: Membership, pk: int) -> Assistant:
    """An assistant of that workspace that is in use, or 404."""
    rows = Assistant.objects.active().select_related("workspace")
    return get_object_or_404(rows, workspace=membership.workspace, pk=pk)


def find_dry_run(team: Team, pk: int) -> DryRun:
    """A dry run of that team, or 404; its results are not read yet."""
    # While it runs, nobody wants to see what it has got so far.
    runs = DryRun.objects.defer("bots", "results").select_related("by")
    return get_object_or_404(runs, team=team, pk=pk)


def find_version(membership: Membership, team: Team | None, number: int) -> PolicyVersion:
    """That version of the policy of a team of theirs, or of the workspace default; or 404."""
    versions = PolicyVersion.objects.of(membership.workspace, team)
    return get_object_or_404(versions, number=number)


def find_person_erasure(membership: Membership, pk: int) -> PersonErasure:
    """A person who was erased in that workspace, or 404; who may look is asked by `find_with`."""
    rows = PersonErasure.objects.select_related("by")
    return get_object_or_404(rows, workspace=membership.workspace, pk=pk)


def find_picture(membership: Membership, digest: str) -> Picture:
    """A picture that bots of that workspace show, or 404."""
    return get_object_or_404(Picture, workspace=membership.workspace, digest=digest)


def find_member(membership: Membership, pk: int) -> Membership:
    """Somebody's membership of that workspace, or 404."""
    members = Membership.objects.select_related("user", "workspace").prefetch_related("teams")
    return get_object_or_404(members, workspace=membership.workspace, pk=pk)


def find_invitation(membership: Membership, pk: int) -> Invitation:
    """An invitation into that workspace, or 404."""
    invitations = Invitation.objects.select_related("workspace", "by")
    return get_object_or_404(invitations, workspace=membership.workspace, pk=pk)


def find_api_token(membership: Membership, pk: int) -> ApiToken:
    """A token of that workspace, or 404; who may look is asked by `find_with`."""
    tokens = ApiToken.objects.select_related("workspace")
    return get_object_or_404(tokens, workspace=membership.workspace, pk=pk)


WHY_NOT = {
    Right.LOOK: "It may not even look.",
    Right.OPERATE: "You can look, not steer.",
    Right.LEAD: "Only team leads, admins and owners may do this.",
    Right.EVERYWHERE: "Only admins and owners may do this.",
    Right.CONNECT: "Only owners and admins may change the connection.",
    Right.WATCH: "Only owners and admins look into deliveries and calls.",
    Right.PEOPLE: "Only owners and admins change members and teams.",
    Right.ERASE: "Only owners and admins erase bots and people.",
    Right.AUDIT: "Only owners and admins read the audit log.",
    Right.ASSIST: "Only owners and admins make and change assistants.",
    Right.API: "Only owners and admins make and revoke tokens of the API.",
    Right.OWN: "Only owners may do this.",
}
