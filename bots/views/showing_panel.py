"""What a bot's page shows of what the bot shows: now, what could be, and why something is off."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots import actions, showings
from bots.lifecycle import Action, showing
from bots.lifecycle.showing import Place, What
from bots.models import Bot, Order
from bots.showing_forms import PlayForm, ShowForm


@dataclass(frozen=True, slots=True)
class Row:
    """What is shown in one place; `digest` is a picture's, `sure`: Recall has confirmed it."""

    place: Place
    what: str
    name: str
    digest: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """`now` is shown, `under_way` are orders that Recall has not answered, `off` are reasons.

    A form is None where the bot, or whoever looks, can't do that.
    """

    now: list[Row]
    under_way: list[str]
    off: list[str]
    may_steer: bool
    show_form: ShowForm | None = None
    play_form: PlayForm | None = None


def panel(
    bot: Bot,
    orders: list[Order],
    *,
    steering: bool,
    now: datetime,
    show_form: ShowForm | None = None,
    play_form: PlayForm | None = None,
) -> Panel | None:
    """The panel of a bot in its call, with forms that were filled in where there are some.

    None outside of a call, and for those who only look while nothing is shown.
    """
    if bot.is_over or actions.reason_against(bot, Action.SHOW, now=now):
        return None
    rows = [_row(each, steering) for each in showings.shown(orders)]
    if not steering:
        return Panel(rows, [], [], may_steer=False) if rows else None
    waiting = [each for each in orders if each.is_open and each.action in _OURS]
    return Panel(
        now=rows,
        under_way=[str(each) for each in waiting],
        off=showing.all_off(showings.why_not(bot), bot.platform),
        may_steer=True,
        show_form=show_form or form_to_show(bot, orders),
        play_form=play_form or form_to_play(bot, orders),
    )


_OURS = (Action.SHOW, Action.HIDE, Action.PLAY)


def form_to_show(bot: Bot, orders: list[Order], *typed: Any) -> ShowForm | None:
    """The form of what this bot can show, filled in with `typed` (fields, files); None: nothing."""
    against = showings.why_not(bot)
    what = next((each for each in (What.PAGE, What.PICTURE) if not against[each]), None)
    if what is None:
        return None
    turn = sum(each.action == Action.SHOW for each in orders)
    return ShowForm(*typed, workspace=bot.workspace, what=what, turn=turn)


def form_to_play(bot: Bot, orders: list[Order], *typed: Any) -> PlayForm | None:
    """The form of a sound, filled in with `typed` (fields, files); None where it can play none."""
    if showings.why_not(bot)[What.SOUND]:
        return None
    turn = sum(each.action == Action.PLAY for each in orders)
    return PlayForm(*typed, workspace=bot.workspace, turn=turn)


def _row(each: showing.Shown, steering: bool) -> Row:
    body = each.body
    is_page = body.get("what") == What.PAGE
    whole = showing.address_words(str(body.get("url") or "")) if is_page and steering else ""
    return Row(
        place=each.place,
        what=str(body.get("what", "")),
        name=whole or each.name,
        digest="" if is_page else str(body.get("picture") or ""),
        sure=each.sure,
    )
