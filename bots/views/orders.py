"""A bot's buttons: an order for each, asked about first where it destroys something."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_http_methods, require_POST

from bots import actions, again, lifecycle, scheduled, tasks
from bots.controls import ASKING
from bots.lifecycle import Action, Phase
from bots.models import Bot, Membership, Order, PolicyVersion
from bots.order_forms import RescheduleForm, StartForm
from bots.recall.meeting_urls import NotALink
from bots.views.access import find_bot_to_steer, find_operator, find_order
from bots.views.bot import answer, show
from bots.views.posted import token
from bots.views.shell import ask, wants_partial

GONE_OUT = "It has gone to Recall already and can't be taken back."


class ActionConverter:
    """An action in an address; an unknown word is no address of ours (404)."""

    regex = "[a-z]+"

    def to_python(self, value: str) -> Action:
        action = Action(value)
        apart = (Action.SEND, *lifecycle.SEVERAL, *lifecycle.ABOUT_RECORDINGS)
        if action in apart:
            raise ValueError(value)  # these have pages of their own
        return action

    def to_url(self, value: str) -> str:
        return str(value)


@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, slug: str, pk: int, action: Action) -> HttpResponse:
    """GET asks what is to be asked, as a sheet or a page; POST gives the order."""
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    now = timezone.now()
    if request.method == "GET":
        if action not in ASKING:
            return HttpResponseNotAllowed(["POST"])
        if why_not := actions.reason_against(bot, action, now=now):
            return _refused(request, bot, membership, why_not)
        return _ask(request, bot, membership, action, form=_form(bot, action, now=now), now=now)

    if action is Action.UPDATE:
        return _update(request, bot, membership, now=now)
    body: dict[str, Any] = {}
    form = _form(bot, action, now=now, data=request.POST)
    if form is not None:
        if not form.is_valid():
            return _ask(request, bot, membership, action, form=form, now=now, status=422)
        body = form.body()
    try:
        given = actions.order(
            bot,
            action,
            by=membership.user,
            now=now,
            token=token(request),
            body=body,
            confirmed=bool(request.POST.get("confirmed")),
        )
    except actions.NotConfirmed:
        bot.refresh_from_db()
        return _ask(request, bot, membership, action, form=form, now=now, status=409)
    except actions.NotNow as reason:
        return _refused(request, bot, membership, str(reason))
    tasks.wake_order(given)
    return answer(request, bot, membership, message=_asked_before(given, membership, now))


def _asked_before(given: Order, membership: Membership, now: datetime) -> str:
    """That somebody else has given this order already, or ""."""
    if given.by_id == membership.user_id or given.created_at >= now:
        return ""
    ago_s = max((now - given.created_at).total_seconds(), 1.0)
    ago = f"{ago_s:.0f} s" if ago_s < 60 else f"{ago_s / 60:.0f} min"
    return f"{given.giver} asked for this {ago} ago: it is the same order."


def _update(
    request: HttpRequest, bot: Bot, membership: Membership, *, now: datetime
) -> HttpResponse:
    """Bring a scheduled bot under its team's policy in force."""
    result = scheduled.update_one(bot, membership.user, now)
    for given in result.orders:
        tasks.wake_order(given)
    for _, why_not in result.left:
        return _refused(request, bot, membership, why_not)
    return answer(request, bot, membership)


@require_POST
def send_another(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Send a new bot to the same meeting: under the policy in force, with what was asked then."""
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    now = timezone.now()
    try:
        if why_not := again.reason_against(bot, membership):
            raise actions.NotNow(why_not)
        new = actions.send(
            bot.team,
            again.ask(bot),
            by=membership.user,
            token=token(request),
            now=now,
        )
    except (actions.NotNow, NotALink) as reason:
        return _refused(request, bot, membership, str(reason))
    for waiting in new.orders.filter(action=Action.SEND, state=Order.State.WAITING):
        tasks.wake_order(waiting)
    target = redirect("bot", slug=slug, pk=new.pk)
    if not wants_partial(request):
        return target
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target["Location"]
    return response


@require_POST
def withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take back an order that has not gone out yet."""
    membership = find_operator(request, slug)
    taken = find_order(membership, pk)
    bot = find_bot_to_steer(membership, taken.bot_id)
    if not actions.withdraw(taken, by=membership.user, now=timezone.now()):
        return _refused(request, bot, membership, GONE_OUT)
    return answer(request, bot, membership)


@require_POST
def schedule_instead(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take back a send that waits for a free bot, and schedule one as soon as Recall warrants."""
    membership = find_operator(request, slug)
    waiting = find_order(membership, pk)
    bot = find_bot_to_steer(membership, waiting.bot_id)
    now = timezone.now()
    try:
        with transaction.atomic():
            if waiting.action != Action.SEND:
                raise actions.NotNow("Only a bot that waits to be sent can be scheduled instead.")
            if not actions.withdraw(waiting, by=membership.user, now=now):
                raise actions.NotNow(GONE_OUT)
            later = replace(again.ask(bot), join_at=_soonest(now))
            # The same for the same order, and nothing that another form could have said before.
            word = salted_hmac("orders.later", str(waiting.pk), algorithm="sha256").hexdigest()
            new = actions.send(bot.team, later, by=membership.user, token=word, now=now)
    except (actions.NotNow, NotALink) as reason:
        return _refused(request, bot, membership, str(reason))
    for order in new.orders.filter(action=Action.SEND, state=Order.State.WAITING):
        tasks.wake_order(order)
    return redirect("bot", slug=slug, pk=new.pk)


def _soonest(now: datetime) -> datetime:
    """The first whole minute for which Recall keeps a bot ready."""
    at = now + lifecycle.LEAD_TIME + timedelta(minutes=2)
    return at.replace(second=0, microsecond=0)


def _form(
    bot: Bot, action: Action, *, now: datetime, data: Any = None
) -> StartForm | RescheduleForm | None:
    if action is Action.START:
        # What may be chosen for a bot from elsewhere is the team's word, too.
        version = bot.policy or PolicyVersion.objects.current(bot.team)
        return StartForm(
            data,
            config=bot.recording_config or None,
            platform=bot.platform,
            version=version.pure,
        )
    if action is Action.RESCHEDULE:
        at = (bot.join_at or now).astimezone(UTC)
        return RescheduleForm(data, now=now, initial={"join_at": at.replace(tzinfo=None)})
    return None


def _ask(
    request: HttpRequest,
    bot: Bot,
    membership: Membership,
    action: Action,
    *,
    form: StartForm | RescheduleForm | None,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    """The question before an order: into the sheet of the bot's page, or as a page."""
    confirmation = lifecycle.needs_confirmation(action, Phase(bot.phase))
    context = {
        "bot": bot,
        "membership": membership,
        "action": action,
        "form": form,
        "confirmation": confirmation,
        "warning": confirmation.warning.format(recorded=recorded_so_far(bot, now))
        if confirmation
        else "",
        "token": token(request),
    }
    return ask(request, "order.html", context, status=status)


def _refused(request: HttpRequest, bot: Bot, membership: Membership, sentence: str) -> HttpResponse:
    """The sentence in its place for htmx, above the page after a plain form."""
    if wants_partial(request):
        if not _from_its_page(request):
            return render(request, "_refusal.html", {"sentence": sentence}, status=409)
        bot.refresh_from_db()
        response = show(request, bot, membership, message=sentence, status=409)
        response["HX-Retarget"] = "#panel"
        response["HX-Reswap"] = "outerMorph"
        response["HX-Trigger"] = "sheet:done"
        return response
    messages.error(request, sentence)
    return redirect("bot", slug=membership.workspace.slug, pk=bot.pk)


def _from_its_page(request: HttpRequest) -> bool:
    """Whether the button stood on the bot's page, not in a row of a list."""
    target = request.headers.get("HX-Target", "")
    return target.endswith(("#panel", "#sheet"))


def recorded_so_far(bot: Bot, now: datetime) -> str:
    """How much a new start would overwrite, written out: "23:10"."""
    recording = bot.newest_recording
    if recording is None:
        return "part"
    seconds = int((now - (recording.started_at or recording.created_at)).total_seconds())
    return lifecycle.clock(max(seconds, 1))
