"""A bot's rules of leaving: one more of them, asked for in a sheet or on a page, or one less."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from bots import actions, leave_rules
from bots.leave_rule_forms import LeaveRuleForm
from bots.models import Bot, Membership
from bots.views.access import find_bot_to_steer, find_leave_rule, find_operator
from bots.views.bot import answer
from bots.views.posted import token
from bots.views.shell import ask, wants_partial

TOO_LATE = "That rule has come to its end already."
FIXED = "The team's policy says this, and leaves nothing of it to whoever sends a bot."


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET asks for the rule; POST sets it, or asks again with what is wrong."""
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    now = timezone.now()
    if why_not := leave_rules.reason_against(bot):
        return _answer(request, bot, membership, why_not)
    if request.method == "GET":
        return _ask(request, bot, membership, LeaveRuleForm(now=now))
    form = LeaveRuleForm(request.POST, now=now)
    if form.is_valid():
        try:
            leave_rules.add(bot, form.wish(), by=membership.user, token=token(request), now=now)
            return _answer(request, bot, membership)
        except actions.NotNow as why_not:
            form.add_error(None, str(why_not))
    return _ask(request, bot, membership, form, status=422)


@require_POST
def take_back(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """End a rule that was not met yet."""
    membership = find_operator(request, slug)
    rule = find_leave_rule(membership, pk)
    bot = find_bot_to_steer(membership, rule.bot_id)
    if not leave_rules.may_take_back(rule, membership):
        raise PermissionDenied(FIXED)
    ended = leave_rules.take_back(rule, by=membership.user, now=timezone.now())
    return _answer(request, bot, membership, "" if ended else TOO_LATE)


def _answer(
    request: HttpRequest, bot: Bot, membership: Membership, message: str = ""
) -> HttpResponse:
    response = answer(request, bot, membership, message=message)
    if wants_partial(request):
        response["HX-Retarget"] = "#panel"
        response["HX-Reswap"] = "outerMorph"
    return response


def _ask(
    request: HttpRequest,
    bot: Bot,
    membership: Membership,
    form: LeaveRuleForm,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {"bot": bot, "membership": membership, "form": form, "token": token(request)}
    return ask(request, "leave_rule.html", context, status=status)
