"""What is said in a meeting that runs, as the bot's page shows it, and why nothing comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from bots import conf
from bots.lifecycle import Phase
from bots.models import Bot, Ear, Passage, Recording, Speaking
from bots.policy import listening
from bots.views.access import find_bot, find_membership
from bots.views.shell import wants_partial

# While the bot is inside; its last words may come while it leaves.
PHASES = (Phase.IN_CALL, Phase.RECORDING, Phase.PAUSED, Phase.LEAVING)
# What a page begins with, and the most that it is told at once.
MOST_LINES = 200
# So many of the last passages may have grown since they were told.
MAY_GROW = 10
# Words that were not made certain by then are not shown any more: something was lost.
UNCERTAIN_FOR = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class State:
    """What has to be known of the live words; `tone` is "" where nothing is wrong."""

    sentence: str
    tone: str = ""
    detail: str = ""


@require_GET
def said(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The live words after the passage `?after=` (its key), for the page that has the others.

    204 when the meeting is over: the page itself shows what came of it.
    """
    membership = find_membership(request, slug)
    bot = find_bot(membership, pk)
    if not wants_partial(request):
        return redirect("bot", slug=slug, pk=pk)
    after = request.GET.get("after", "")
    known = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    if bot.phase not in PHASES:
        return HttpResponse(status=204)
    live = live_words(bot, bot.newest_recording, now=timezone.now(), after=known)
    response = render(request, "_live_said.html#news", {"bot": bot, "live": live})
    patch_vary_headers(response, ["HX-Request"])
    response["Cache-Control"] = "no-store"
    return response


def section(
    bot: Bot, recordings: list[Recording], *, now: datetime, anew: bool
) -> dict[str, Any] | None:
    """What the section of live words shows; None where there is none.

    A page that is asked for `anew` keeps the words that it has, or fetches them once it has the
    section: it gets none.
    """
    if bot.phase not in PHASES:
        return None
    if anew:
        return {"hears": _hears(bot.recording_config)}
    return live_words(bot, recordings[0] if recordings else None, now=now)


def live_words(
    bot: Bot, recording: Recording | None, *, now: datetime, after: int = 0
) -> dict[str, Any]:
    """The words of its newest recording from behind that passage on, and what is wrong."""
    config = bot.recording_config
    # Read with the bot, also where there is none.
    ear: Ear | None = getattr(bot, "ear", None)
    return {
        "state": state(Phase(bot.phase), config, ear, can_be_reached=bool(conf.live_origin())),
        "hears": _hears(config),
        "recording": recording,
        "lines": _lines(recording, after) if recording else [],
        "speaking": _speaking(bot, ear, now) if bot.phase == Phase.RECORDING else [],
    }


def _hears(config: dict[str, Any]) -> bool:
    return listening.listens(config) and bool(conf.live_origin())


def state(phase: Phase, config: dict[str, Any], ear: Ear | None, *, can_be_reached: bool) -> State:
    """Why there are no live words, or what has to be known of them."""
    if not listening.provider_of(config):
        return State("No transcript was asked for, so nothing of what is said comes here.")
    if not can_be_reached:
        return State(
            "Live words need an address that Recall can reach. The transcript comes after the "
            "meeting."
        )
    if not listening.listens(config):
        return State("This bot was sent without live words. Its transcript comes afterwards.")
    if ear is not None and ear.is_deaf:
        sentence = "Live words stopped: Recall could not reach us."
        return State(sentence, "amber", ear.failure)
    if ear is not None and ear.is_refused:
        return State("Live words are refused.", "amber", ear.refusal)
    if phase is Phase.PAUSED:
        return State("Halted while recording is paused.", "grey")
    if phase is not Phase.RECORDING:
        return State("Halted: nothing is being recorded.", "grey")
    if listening.is_late(config):
        return State("Accurate mode: words come 3 to 10 minutes late.")
    return State("Live words can be lost; the final transcript comes after the meeting.")


def _speaking(bot: Bot, ear: Ear | None, now: datetime) -> list[Speaking]:
    """What is being said and not certain yet; nothing is asked where nothing was heard lately."""
    since = now - UNCERTAIN_FOR
    if ear is None or ear.heard_at is None or ear.heard_at <= since:
        return []
    return list(Speaking.objects.filter(bot=bot, at__gt=since).order_by("start_s", "pk"))


def _lines(recording: Recording, after: int) -> list[Passage]:
    """The passages that a page wants which has those up to that key: the new ones, and the last
    of the others, which may have grown."""
    heard = Passage.objects.filter(
        transcript__recording=recording, transcript__artifact=None
    ).order_by("-n")
    newest = list(heard[:MOST_LINES])
    wanted = [each for place, each in enumerate(newest) if each.pk > after or place < MAY_GROW]
    return wanted[::-1]
