"""Sending a bot: the form, what it makes of a link while one types, and the bookmarklet's door."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from bots import actions, deciding, formats, policy, tasks
from bots.forms import SendForm, links_in, topic_of
from bots.lifecycle import Action, Phase
from bots.models import Bot, Membership, Team
from bots.recall import meeting_urls
from bots.views import shell
from bots.views.access import find_membership, find_operator, memberships_of

BOOKMARKLET = (
    "javascript:void(open('{address}?url='+encodeURIComponent(location.href),'recalldash'))"
)


def new_form(membership: Membership, *, now: datetime, url: str = "") -> SendForm:
    """An empty form for this person, with the link already in it where there is one."""
    teams = _teams(membership)
    return SendForm(teams=teams, now=now, initial={"meeting_url": url} if url else None)


def _teams(membership: Membership) -> list[Team]:
    """The teams that this person sends for; never none, so that the form can say why not."""
    acting = [each for each in membership.seen_teams if membership.belongs(each.pk)]
    active = [each for each in acting if each.archived_at is None]
    return active or [membership.workspace.default_team]


def form_context(form: SendForm, membership: Membership) -> dict[str, Any]:
    """What the form's templates need."""
    return {
        "form": form,
        "membership": membership,
        "groups": formats.groups(),
        "transcribers": formats.TRANSCRIBERS,
        **recognition(form, membership),
    }


def recognition(form: SendForm, membership: Membership) -> dict[str, Any]:
    """What is known of the link in the form: platform, what will be done, who is there already."""
    text = str(form["meeting_url"].value() or "")
    known: dict[str, Any] = {"link": None, "not_a_link": "", "summary": "", "already": []}
    if not text.strip():
        return known
    try:
        link = meeting_urls.find(text)
    except meeting_urls.NotALink as refusal:
        harmless = refusal.reason in ("empty", "no_link")
        return known | {"not_a_link": str(refusal), "is_refused": not harmless}
    topic = topic_of(text)
    if form.is_bound:
        form.is_valid()
    ruling = form.ruling or deciding.rule(
        form.for_team, policy.Ask(meeting_url=link.url, title=topic), now=form.now
    )
    decision = ruling.decision
    chosen = "formats" in form.given and "formats" in form.changed_data
    return known | {
        "link": link,
        "version": ruling.version,
        "refusals": decision.refusals,
        "summary": policy.summary(decision.create),
        "gallery": chosen and formats.needs_gallery_view(decision.wish.formats),
        "links": links_in(text),
        "topic": topic,
        "already": _in_that_meeting(membership, link.key),
    }


def _in_that_meeting(membership: Membership, key: str) -> list[Bot]:
    """The bots that are in, or will come to, the meeting of that key."""
    if not key:
        return []
    bots = Bot.objects.seen_by(membership).filter(meeting_key=key[:300])
    bots = bots.exclude(phase=Phase.LEAVING)
    return list((bots.live() | bots.upcoming()).order_by("met_at")[:3])


@require_GET
def options(request: HttpRequest, slug: str) -> HttpResponse:
    """The folded options of an empty form, once somebody unfolds them; the form sends without."""
    membership = find_operator(request, slug)
    form = new_form(membership, now=timezone.now())
    return render(request, "_send_options.html", form_context(form, membership))


@require_GET
def anywhere(request: HttpRequest) -> HttpResponse:
    """`/send?url=…`, from a bookmark: the send page of the workspace that was used last."""
    memberships = memberships_of(request)
    if not memberships:
        return redirect("home")
    last = request.session.get("workspace")
    slugs = [membership.workspace.slug for membership in memberships]
    address = reverse("send_to", args=[last if last in slugs else slugs[0]])
    url = request.GET.get("url", "")
    return redirect(f"{address}?{urlencode({'url': url})}" if url else address)


@require_POST
def recognise(request: HttpRequest, slug: str) -> HttpResponse:
    """What the form means so far, as htmx asks while somebody types. Posted: links are secrets."""
    membership = find_operator(request, slug)
    now = timezone.now()
    form = SendForm(request.POST, teams=_teams(membership), now=now)
    return render(
        request,
        "_send_form.html#recognised",
        {**form_context(form, membership), "typing": True},
    )


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The form on a page of its own; sends the bot when it is posted."""
    if request.method == "POST":
        membership = find_operator(request, slug)
        if not membership.own_teams.exists():
            raise PermissionDenied("You belong to no team yet. Ask an admin to put you into one.")
        return _send(request, membership)
    return _form(request, find_membership(request, slug))


@require_safe
def _form(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = new_form(membership, now=timezone.now(), url=request.GET.get("url", "")[:20_000])
    return render(request, "send.html", _page_context(request, form, membership))


def _send(request: HttpRequest, membership: Membership) -> HttpResponse:
    now = timezone.now()
    form = SendForm(request.POST, teams=_teams(membership), now=now)
    form.full_clean()
    token = str(form.cleaned_data.get("token", ""))
    # The same form again is the same bot, whatever is against another one by now.
    if token and (known := actions.sent(membership.workspace, token)):
        return redirect("bot", membership.workspace.slug, known.pk)
    allowed = form.is_valid() and not _refusals(form)
    if allowed and (others := _to_ask_about(request, form, membership)):
        asked = {"asked": True, "already": others}
        context = _page_context(request, form, membership) | asked
        return render(request, "send.html", context, status=409)
    if allowed:
        try:
            bot = actions.send(
                form.for_team,
                form.ask(),
                by=membership.user,
                token=token,
                now=now,
            )
        except actions.NotNow as refusal:
            form.add_error(None, str(refusal))
        else:
            for order in bot.orders.open().filter(action=Action.SEND):
                tasks.wake_order(order)
            if bot.join_at is not None:
                shell.say(request, f"{bot} is scheduled.")
            return redirect("bot", membership.workspace.slug, bot.pk)
    context = _page_context(request, form, membership)
    return render(request, "send.html", context, status=422)


def _refusals(form: SendForm) -> tuple[policy.Refusal, ...]:
    """Why the policy lets nobody record this meeting; the line below the link says it."""
    return form.ruling.decision.refusals if form.ruling else ()


def _to_ask_about(request: HttpRequest, form: SendForm, membership: Membership) -> list[Bot]:
    """The bots because of which to ask, once, before another is sent to their meeting."""
    if "anyway" in request.POST:
        return []
    return _in_that_meeting(membership, form.link.key)


def _page_context(request: HttpRequest, form: SendForm, membership: Membership) -> dict[str, Any]:
    origin = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    address = origin + reverse("send")
    return form_context(form, membership) | {"bookmarklet": BOOKMARKLET.format(address=address)}
