"""Commands to a bot: accepted or refused by what it does now; effects follow as status changes.

https://docs.recall.ai/reference/bot_leave_call_create and its neighbours
"""

from datetime import timedelta
from typing import Any

from ..models import Bot
from ..rooms import DISPATCH_S, order
from ..story import Story
from . import answers, bots, shapes
from .answers import Answer
from .context import Context

MEET_CHAT = 500


def leave_call(context: Context) -> Answer:
    """Also cancels a bot in its last ten minutes before joining."""
    bot = context.bot()
    story = context.story(bot)
    if story.gone:
        raise answers.completed()
    ahead = bot.joins_at - context.now
    if not story.statuses and bot.scheduled and ahead > timedelta(seconds=DISPATCH_S):
        raise answers.unstarted()
    if not bot.orders.filter(kind="leave_call").exists():
        order(bot, "leave_call", now=context.now)
    return _bot(context, bot)


def start_recording(context: Context) -> Answer:
    """A bare recording config. What is left out takes this endpoint's defaults, not the bot's."""
    bot = in_call(context)
    shape = shapes.recording_config(context.options["default_retention"], manual=False)
    config = shape.read({} if context.body is None else context.body)
    errors = bots.broken_formats(config)
    if errors and context.options["format_rules"] == "400":
        raise answers.invalid(errors)
    order(bot, "start_recording", config, now=context.now)
    return _bot(context, bot)


def stop_recording(context: Context) -> Answer:
    return _recording(context, needs=("processing", "paused"))


def pause_recording(context: Context) -> Answer:
    return _recording(context, needs=("processing",))


def resume_recording(context: Context) -> Answer:
    return _recording(context, needs=("paused",))


def request_recording_permission(context: Context) -> Answer:
    """Zoom only; elsewhere there is nobody to ask and nothing changes."""
    bot = in_call(context)
    order(bot, "request_recording_permission", now=context.now)
    return _bot(context, bot)


def send_chat_message(context: Context) -> Answer:
    bot = in_call(context)
    message = shapes.CHAT_MESSAGE.read({} if context.body is None else context.body)
    too_long = bot.platform == "google_meet" and len(message["message"]) > MEET_CHAT
    if too_long and context.options["long_meet_chat"] == "refuse":
        text = f"Ensure this field has no more than {MEET_CHAT} characters."
        raise answers.invalid({"message": [text]})
    order(bot, "send_chat_message", message, now=context.now)
    return _bot(context, bot)


def delete_media(context: Context) -> Answer:
    """Irreversible; metadata stays."""
    bot = context.bot()
    order(bot, "delete_media", now=context.now)
    return _bot(context, bot)


def _recording(context: Context, *, needs: tuple[str, ...]) -> Answer:
    """A command about the recording that goes on; out of state it changes nothing, or is a 400."""
    bot = in_call(context)
    take = context.story(bot).take
    if context.options["wrong_state"] == "400" and (take is None or take.status.code not in needs):
        verb = context.slug.removeprefix("bot_").removesuffix("_create")
        raise answers.refusal(400, "invalid_request_data", f"Cannot {verb.replace('_', ' ')} now.")
    order(bot, context.slug.removeprefix("bot_").removesuffix("_create"), now=context.now)
    return _bot(context, bot)


def in_call(context: Context) -> Bot:
    """The bot, if it is in its call. Raises the 400s of a bot that is not."""
    bot = context.bot()
    story: Story = context.story(bot)
    if story.gone:
        raise answers.completed()
    if not story.in_call:
        raise answers.unstarted()
    return bot


def _bot(context: Context, bot: Bot) -> Any:
    return Answer(200, context.teller(bot).about_bot())
