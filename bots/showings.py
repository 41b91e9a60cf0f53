"""What bots show and play: what is against it, what is shown now, and how Recall is told."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from bots import policy
from bots.lifecycle import Action, showing
from bots.lifecycle.showing import Deed, Place, Shown, Shows, What
from bots.models import Bot, Order, Picture, Sound
from bots.recall import types
from bots.recall.client import Recall

Body = Mapping[str, Any]


def shows_of(bot: Bot) -> Shows:
    """The choice that the bot was sent with; of one made elsewhere, what Recall tells of it."""
    if bot.policy is None or not bot.request:
        return showing.told(bot.config) or Shows.PICTURES
    rules = bot.policy.pure.rules
    asked = bot.asked.get("shows") if "shows" in policy.open_choices(rules) else None
    chosen = asked or rules.shows
    return Shows(chosen) if chosen in list(Shows) else Shows.PICTURES


def why_not(bot: Bot) -> dict[What, str]:
    """For all that a bot may show or play in its call "", or the sentence why this one can't."""
    shows, native = shows_of(bot), showing.is_native(bot.request or bot.config)
    return {
        what: showing.why_not(what, platform=bot.platform, shows=shows, native=native)
        for what in What
    }


def problem(bot: Bot, action: Action, body: Body) -> str:
    """Why this order to show, stop or play makes no sense for the bot, as a sentence, or ""."""
    if action is not Action.PLAY and body.get("place") not in list(Place):
        return "Choose the screen or the camera."
    if action is Action.HIDE:
        return "" if body.get("what") in (What.PAGE, What.PICTURE) else "Say what is to be stopped."
    asked = What.SOUND if action is Action.PLAY else body.get("what")
    if action is Action.SHOW and asked not in (What.PAGE, What.PICTURE):
        return "Choose a web page or a picture."
    what = What(str(asked))
    if against := why_not(bot)[what]:
        return against
    workspace = bot.workspace_id
    match what:
        case What.PAGE:
            return showing.address_problem(str(body.get("url") or ""))
        case What.PICTURE:
            kept = Picture.objects.filter(workspace=workspace, digest=body.get("picture", ""))
            return "" if kept.exists() else "Choose a picture to show."
        case What.SOUND:
            heard = Sound.objects.filter(workspace=workspace, digest=body.get("sound", ""))
            return "" if heard.exists() else "Choose a sound to play."


def shown(orders: Iterable[Order]) -> list[Shown]:
    """What is shown now by a bot in its call, from all its orders, oldest first."""
    return showing.shown(
        Deed(
            Action(order.action),
            order.body,
            done=order.state == Order.State.CONFIRMED,
            # It was given up after a silence.
            perhaps=order.state == Order.State.EXPIRED and order.in_doubt,
        )
        for order in orders
        if order.action in (Action.SHOW, Action.HIDE)
    )


def say(order: Order, recall: Recall) -> types.Bot | None:
    """Tell Recall to show, to stop or to play; the bytes are put in here. None: it was stopped.

    Raises RecallError.
    """
    bot_id, body, key = str(order.bot.recall_id), order.body, order.key
    is_screen, is_page = body.get("place") == Place.SCREEN, body.get("what") == What.PAGE
    match Action(order.action):
        case Action.PLAY:
            sound = Sound.objects.get(workspace=order.bot.workspace_id, digest=body["sound"])
            return recall.output_audio(bot_id, mp3=_b64(sound.mp3), idempotency_key=key)
        case Action.SHOW if is_page:
            place = "screenshare" if is_screen else "camera"
            return recall.output_media(bot_id, **{place: body["url"]}, idempotency_key=key)
        case Action.SHOW:
            kept = Picture.objects.get(workspace=order.bot.workspace_id, digest=body["picture"])
            show = recall.output_screenshare if is_screen else recall.output_video
            return show(bot_id, jpeg=_b64(kept.jpeg), idempotency_key=key)
        case Action.HIDE if is_page:
            recall.stop_output_media(bot_id, camera=not is_screen, screenshare=is_screen)
        case Action.HIDE if is_screen:
            recall.stop_output_screenshare(bot_id)
        case Action.HIDE:
            recall.stop_output_video(bot_id)
        case other:
            raise AssertionError(f"nothing is shown by {other}")
    return None


def _b64(kept: bytes | memoryview) -> str:
    return base64.b64encode(bytes(kept)).decode()
