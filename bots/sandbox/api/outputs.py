"""What a bot shows and plays: told to it, or stopped, while it is in its call.

https://docs.recall.ai/reference/bot_output_video_create and its neighbours
"""

import base64
import binascii
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from .. import showing
from ..models import Bot
from ..rooms import order, told_to_show
from . import answers, fields, shapes
from .answers import Answer
from .commands import in_call
from .context import Context


def output_video(context: Context) -> Answer:
    """A picture in the bot's tile, in place of the one before."""
    return _show(context, shapes.JPEG, lacking=showing.NO_PICTURES)


def output_screenshare(context: Context) -> Answer:
    """A picture that is shared like a screen."""
    return _show(context, shapes.JPEG, lacking=showing.NO_PICTURES)


def output_audio(context: Context) -> Answer:
    """A sound, once. Only a bot that was made with `automatic_audio_output` has a voice."""
    bot = in_call(context)
    if bot.platform not in showing.NO_SOUNDS and not bot.config.get("automatic_audio_output"):
        detail = "Bots can output audio only if they were created with automatic_audio_output."
        raise answers.refusal(400, "cannot_output_audio", detail)
    return _show(context, shapes.MP3, lacking=showing.NO_SOUNDS, native=False)


def output_media(context: Context) -> Answer:
    """Web pages; a place that is not named stays as it is."""
    return _show(context, shapes.MEDIA, lacking=showing.NO_PAGES, native=False)


def stop_output_video(context: Context) -> Answer:
    return _stop(context)


def stop_output_screenshare(context: Context) -> Answer:
    return _stop(context)


def stop_output_audio(context: Context) -> Answer:
    return _stop(context)


def stop_output_media(context: Context) -> Answer:
    """Stops nothing but what its body names."""
    body = shapes.STOP_MEDIA.read({} if context.body is None else context.body)
    return _stop(context, body)


def _show(
    context: Context, shape: fields.Shape, *, lacking: Iterable[str], native: bool = True
) -> Answer:
    """Carry it out where the platform can; what is mixed is refused, or nothing comes of it."""
    bot, kind = in_call(context), context.slug.removeprefix("bot_").removesuffix("_create")
    body = shape.read({} if context.body is None else context.body)
    is_native = (bot.config.get("variant") or {}).get("zoom") == "native"
    if bot.platform in lacking or (not native and bot.platform == "zoom" and is_native):
        detail = f"{kind} is not supported on this platform."
        raise answers.refusal(400, "output_not_supported", detail)
    if "b64_data" in body:
        body = _digested(body)
    clash = showing.clash(kind, bot.config, told_to_show(bot, now=context.now))
    if clash and context.options["mixed_outputs"] == "refuse":
        raise answers.refusal(400, "cannot_mix_outputs", clash)
    if not clash:
        order(bot, kind, body, now=context.now)
    return _answer(context, bot)


def _stop(context: Context, body: dict[str, Any] | None = None) -> Answer:
    """204, also where nothing goes on."""
    bot, kind = in_call(context), context.slug.removeprefix("bot_").removesuffix("_destroy")
    order(bot, showing.STOP + kind, body, now=context.now)
    return Answer(204)


def _digested(body: dict[str, Any]) -> dict[str, Any]:
    """The body with what can be looked up of its bytes instead of them: they are never told."""
    try:
        data = base64.b64decode(body["b64_data"], validate=True)
    except (binascii.Error, ValueError):
        raise answers.invalid({"b64_data": ["This is not valid base64."]}) from None
    return {"kind": body["kind"], "sha256": sha256(data).hexdigest(), "size": len(data)}


def _answer(context: Context, bot: Bot) -> Answer:
    return Answer(200, context.teller(bot).about_bot())
