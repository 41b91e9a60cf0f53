"""A message into a meeting's chat, said by the bot."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from bots import actions, tasks
from bots.chat_forms import ChatForm
from bots.lifecycle import Action
from bots.views.access import find_bot_to_steer, find_operator
from bots.views.bot import answer
from bots.views.posted import token


@require_POST
def say(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Order the message; what can't be sent is said, and stays typed in the browser."""
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    now = timezone.now()
    form = ChatForm(request.POST, platform=bot.platform, people=bot.participants.all())
    if not form.is_valid():
        words = " ".join(str(each) for errors in form.errors.values() for each in errors)
        return answer(request, bot, membership, message=words)
    try:
        order = actions.order(
            bot, Action.SAY, by=membership.user, now=now, token=token(request), body=form.body()
        )
    except actions.NotNow as reason:
        return answer(request, bot, membership, message=str(reason))
    tasks.wake_order(order)
    return answer(request, bot, membership)
