"""From a meeting into the notetaker names: a name is added, or an entry left out, by one click."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots.models import Bot, Membership, Participant
from bots.name_lists import NameList, NotAdded
from bots.policy import names
from bots.policy.names import Source
from bots.views.access import find_bot, find_membership
from bots.views.notetakers import LEADS_ONLY
from bots.views.shell import say

# So many of the names that an entry matches are spelled out.
NAMED = 5


@require_POST
def notetaker(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """`add` a participant's name to the names of the bot's team, or leave out the entry `not`.

    Comes back to the page of the recording `from`, else of the bot.
    """
    membership = find_membership(request, slug)
    bot = find_bot(membership, pk)
    if not membership.leads(bot.team):
        raise PermissionDenied(LEADS_ONLY)
    given = NameList(membership.workspace, bot.team, by=membership.user)
    wanted = " ".join(request.POST.get("add", "").replace("\0", "").split())
    if wanted:
        _add(request, given, wanted, bot, membership)
    elif entry := request.POST.get("not", ""):
        _leave_out(request, given, entry)
    came_from = request.POST.get("from", "")
    if came_from.isdecimal() and bot.recordings.filter(pk=int(came_from[:18])).exists():
        return redirect("recording", slug, int(came_from))
    return redirect("bot", slug, pk)


def _add(
    request: HttpRequest, given: NameList, wanted: str, bot: Bot, membership: Membership
) -> None:
    try:
        added = given.add([wanted], now=timezone.now())
    except NotAdded as refusal:
        say(request, str(refusal), bad=True)
        return
    if added.repeated:
        say(request, f"“{wanted}” is among the notetaker names of {bot.team} already.")
        return
    say(
        request, f"“{wanted}” is now a notetaker name of {bot.team}. {_matches(wanted, membership)}"
    )


def _matches(wanted: str, membership: Membership) -> str:
    """Whom the entry matches among all whom this person's bots have seen."""
    seen = Participant.objects.filter(bot__workspace=membership.workspace, name__icontains=wanted)
    if hidden := membership.hidden_team_ids:
        seen = seen.exclude(bot__team_id__in=hidden)
    found = list(seen.order_by("name").values_list("name", flat=True).distinct()[: NAMED + 1])
    more = " and others" if len(found) > NAMED else ""
    return f"In past meetings it matches {', '.join(found[:NAMED])}{more}." if found else ""


def _leave_out(request: HttpRequest, given: NameList, entry: str) -> None:
    now = timezone.now()
    known = next((e for e in given.entries if e.name == entry and not e.is_off), None)
    if known is None:
        say(request, f"“{entry}” is not among the notetaker names any more.")
    elif known.source is Source.OWN:
        say(request, f"“{entry}” is the name of our own bots, so it stays.", bad=True)
    else:
        if known.source is Source.TEAM:
            given.remove(entry, now=now)
        # The shared list may hold it, too.
        given.exclude(entry, now=now)
        left = names.matching(given.names, entry)
        rest = f" “{left[0]}” still matches it." if left else ""
        say(request, f"{given.team} does without “{entry}” from now on.{rest}")
