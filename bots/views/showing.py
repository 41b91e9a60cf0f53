"""What a bot shows and plays in its call: shown, stopped, played."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots import actions, tasks
from bots.lifecycle import Action
from bots.models import Bot, Membership, Order
from bots.showing_forms import PlayForm, ShowForm
from bots.views import showing_panel
from bots.views.access import find_bot_to_steer, find_operator
from bots.views.bot import answer
from bots.views.bot import show as show_page
from bots.views.posted import token

Form = ShowForm | PlayForm


@require_POST
def show(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show a web page or a picture; it takes the place of what was shown there."""
    return _from_a_form(request, slug, pk, Action.SHOW, showing_panel.form_to_show, "show_form")


@require_POST
def play(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Play a sound once."""
    return _from_a_form(request, slug, pk, Action.PLAY, showing_panel.form_to_play, "play_form")


@require_POST
def hide(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Stop what is shown in one place."""
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    body = {name: request.POST.get(name, "") for name in ("place", "what")}
    try:
        _order(request, bot, membership, Action.HIDE, body)
    except actions.NotNow as reason:
        return answer(request, bot, membership, message=str(reason))
    return answer(request, bot, membership)


def _from_a_form(
    request: HttpRequest,
    slug: str,
    pk: int,
    action: Action,
    form_of: Callable[..., Form | None],
    place: str,
) -> HttpResponse:
    """Order what was filled in; what can't be is said, and what was filled in stays."""
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    orders = list(bot.orders.select_related("by").order_by("pk"))
    form = form_of(bot, orders, request.POST, request.FILES)
    reason = ""
    if form is None or form.is_valid():
        try:
            _order(request, bot, membership, action, form.body() if form is not None else {})
        except actions.NotNow as refusal:
            reason = str(refusal)
        else:
            return answer(request, bot, membership)
    now = timezone.now()
    steering: dict[str, Any] = {"steering": True, "now": now, place: form}
    return show_page(
        request,
        bot,
        membership,
        message=reason,
        status=409 if reason else 422,
        more={"showing": showing_panel.panel(bot, orders, **steering)},
    )


def _order(
    request: HttpRequest, bot: Bot, membership: Membership, action: Action, body: dict[str, Any]
) -> Order:
    """Raises NotNow."""
    given = actions.order(
        bot, action, by=membership.user, now=timezone.now(), token=token(request), body=body
    )
    tasks.wake_order(given)
    return given
