"""Bots by the API: listed, looked at, told what to do."""

from hashlib import sha256
from typing import Any, Final

from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Body, Header, Query, Router, Status

from bots import actions, conf, lifecycle, policy, tasks
from bots.api import states
from bots.api.auth import Bearer, caller, find_bot, find_team
from bots.api.problems import Problem
from bots.api.shapes import (
    MessageGiven,
    NothingGiven,
    OrderShape,
    PageShape,
    QuestionShape,
    ScreenGiven,
    StartGiven,
    StateShape,
    also,
)
from bots.lifecycle import Action, chats
from bots.lifecycle.showing import Place, What
from bots.models import ApiToken, Bot, Order, Scope
from bots.models.bot_queryset import LIVE_PHASES
from bots.views import paging
from bots.views.orders import recorded_so_far

router = Router(tags=["Bots"])
READ, STEER = Bearer(Scope.READ), Bearer(Scope.STEER)
FILTERS: Final = ("live", "team", "after", "limit")
KEY: Final = Header(
    None,
    alias="Idempotency-Key",
    min_length=1,
    max_length=255,
    description="The same key again, for the same bot, is the same order.",
)
# Where no body is sent.
NOTHING: Final = Body(NothingGiven())
UNCONFIRMED: Final = Body(StartGiven())
# What an order answers: it was taken, and is not done yet.
Taken = Status[OrderShape]
USED: Final = "This Idempotency-Key was used for something else that this bot was told."


@router.get("/bots/", auth=READ, response=also(200, PageShape), url_name="api_bots")
def list_bots(
    request: HttpRequest,
    live: bool | None = Query(None, description="Only those that are live, or only others."),
    team: int | None = Query(None, description="Only those of this team."),
    after: str = Query("", description="Where to go on: “next” of the page before."),
    limit: int = Query(25, ge=1, le=100),
) -> PageShape:
    """Newest first, some at a time."""
    for name in request.GET:
        if name not in FILTERS:
            sentence = f"“{name[:60]}” is no filter. There are {', '.join(FILTERS)}."
            raise Problem(400, "invalid", sentence, fields=[(name[:60], sentence)])
    token = caller(request)
    rows = token.bots.select_related("team", "workspace")
    if live is not None:
        rows = rows.filter(phase__in=LIVE_PHASES) if live else rows.exclude(phase__in=LIVE_PHASES)
    if team is not None:
        rows = rows.filter(team=find_team(token, team))
    try:
        page = paging.turn(rows, after, by=("-met_at", "-pk"), size=limit)
    except paging.NotOurs:
        raise Problem(400, "invalid", "“after” is not one that was given out here.") from None
    links = states.Links.of(request)
    return PageShape(bots=[states.of_bot(bot, links) for bot in page.rows], next=page.after or None)


@router.get("/bots/{int:bot_id}/", auth=READ, response=also(200, StateShape), url_name="api_bot")
def read_bot(request: HttpRequest, bot_id: int) -> StateShape:
    """What it does, what happened, what was recorded, and what it can be told."""
    bot = find_bot(caller(request), bot_id)
    return states.of_state(bot, states.Links.of(request), now=timezone.now())


@router.post(
    "/bots/{int:bot_id}/messages/",
    auth=STEER,
    response=also(202, OrderShape),
    url_name="api_messages",
)
def send_message(
    request: HttpRequest, bot_id: int, payload: MessageGiven, key: str | None = KEY
) -> Taken:
    """Write into the meeting's chat as the bot."""
    bot = find_bot(caller(request), bot_id)
    # Line ends and edges as the page's form has them.
    message = payload.message.replace("\r\n", "\n").strip()
    body = {"message": message, "to": payload.to, "pin": payload.pin}
    if chats.chat_of(bot.platform) is not None:
        why_not = chats.problem(bot.platform, message=message, to=payload.to, pin=payload.pin)
        if not why_not and payload.to.isdecimal():
            is_there = bot.participants.filter(number=int(payload.to)).exists()
            why_not = "" if is_there else f"Nobody there is called “{payload.to}”."
        if why_not:
            raise Problem(400, "invalid", why_not)
    return _give(request, bot, Action.SAY, key=key, body=body)


# What takes no more than its word: summary and sentence of each.
PLAIN: Final = {
    "pause": ("Pause recording", "Pause the recording; it stays one."),
    "resume": ("Resume recording", "Go on with the recording that is paused."),
    "stop": ("Stop recording", "Stop the recording; the bot stays in the call."),
    "leave": (
        "Leave meeting",
        "Leave the meeting, for good: nothing is asked first, and the bot can't come back.",
    ),
    "cancel": ("Cancel bot", "Cancel a bot that is scheduled, more than ten minutes ahead."),
}


def _plain(word: str, summary: str, description: str) -> None:
    """The operation at that word's address."""
    action = states.DEEDS[word]

    @router.post(
        f"/bots/{{int:bot_id}}/{word}/",
        auth=STEER,
        response=also(202, OrderShape),
        url_name=f"api_{word}",
        operation_id=summary.lower().replace(" ", "_"),
        summary=summary,
        description=description,
    )
    def give(
        request: HttpRequest,
        bot_id: int,
        payload: NothingGiven = NOTHING,
        key: str | None = KEY,
    ) -> Taken:
        bot = find_bot(caller(request), bot_id)
        return _give(request, bot, action, key=key, confirmed=action in states.SURE)


for _word, (_summary, _description) in PLAIN.items():
    _plain(_word, _summary, _description)


@router.post(
    "/bots/{int:bot_id}/start/", auth=STEER, response=also(202, OrderShape), url_name="api_start"
)
def start_recording(
    request: HttpRequest,
    bot_id: int,
    payload: StartGiven = UNCONFIRMED,
    key: str | None = KEY,
) -> Taken:
    """Start to record what the bot was sent to record. Where that overwrites, it asks first."""
    bot = find_bot(caller(request), bot_id)
    body = policy.start_body(bot.recording_config or None, listens=bool(conf.live_origin()))
    return _give(request, bot, Action.START, key=key, body=body, confirmed=payload.confirm)


@router.post(
    "/bots/{int:bot_id}/screenshare/",
    auth=STEER,
    response=also(202, OrderShape),
    url_name="api_share",
)
def start_screenshare(
    request: HttpRequest, bot_id: int, payload: ScreenGiven, key: str | None = KEY
) -> Taken:
    """Share a web page as the bot's screen, in place of what it shares. Only a bot that was sent to
    show web pages can."""
    bot = find_bot(caller(request), bot_id)
    if why_not := lifecycle.showing.address_problem(payload.url):
        raise Problem(400, "invalid", why_not, fields=[("url", why_not)])
    body = {"place": Place.SCREEN, "what": What.PAGE, "url": payload.url}
    return _give(request, bot, Action.SHOW, key=key, body=body)


@router.post(
    "/bots/{int:bot_id}/screenshare/stop/",
    auth=STEER,
    response=also(202, OrderShape),
    url_name="api_unshare",
)
def stop_screenshare(
    request: HttpRequest,
    bot_id: int,
    payload: NothingGiven = NOTHING,
    key: str | None = KEY,
) -> Taken:
    """Stop what the bot shares as its screen, a page or a picture."""
    bot = find_bot(caller(request), bot_id)
    token = order_token(caller(request), key)
    known = bot.orders.filter(token=token).first() if token else None
    shared = states.on_screen(bot)
    if known is None and shared is None:
        raise Problem(409, "not_now", states.NOTHING_SHARED)
    was = known.body if known is not None else shared.body if shared is not None else {}
    body = {"place": Place.SCREEN, "what": was.get("what")}
    return _give(request, bot, Action.HIDE, key=key, body=body)


def order_token(token: ApiToken, key: str | None) -> str:
    """An Idempotency-Key as an order is known by; no two tokens' keys meet. "" for none."""
    return sha256(f"api:{token.pk}:{key}".encode()).hexdigest() if key else ""


def _give(
    request: HttpRequest,
    bot: Bot,
    action: Action,
    *,
    key: str | None,
    body: dict[str, Any] | None = None,
    confirmed: bool = False,
) -> Taken:
    """The order in the token's name, or the one that this key gave before. Raises Problem."""
    token, now = caller(request), timezone.now()
    word = order_token(token, key)
    with transaction.atomic():
        # Held before it is judged: nobody refuses to be recorded between the two.
        held = Bot.objects.filter(pk=bot.pk).select_related("team", "workspace").hold()
        if not held:
            raise Http404  # deleted meanwhile
        [bot] = held
        order = bot.orders.filter(token=word).first() if word else None
        if order is None:
            if why_not := states.reason_against(bot, action, now=now):
                raise Problem(409, "not_now", why_not)
            try:
                order = actions.order(
                    bot,
                    action,
                    by=None,
                    given_by=str(token),
                    now=now,
                    token=word,
                    body=body,
                    confirmed=confirmed,
                )
            except actions.NotConfirmed as asked:
                raise _ask(bot, asked, now) from None
            except actions.NotNow as reason:
                raise Problem(409, "not_now", str(reason)) from None
    is_other = order.action != action or (action in lifecycle.SEVERAL and order.body != body)
    if word and order.token == word and is_other:
        raise Problem(409, "key_used", USED)
    if order.state == Order.State.WAITING:
        tasks.wake_order(order)
    return Status(202, states.of_order(order, now=now))


def _ask(bot: Bot, asked: actions.NotConfirmed, now: Any) -> Problem:
    question = asked.confirmation
    shape = QuestionShape(
        question=question.question,
        warning=question.warning.format(recorded=recorded_so_far(bot, now)),
        instead=str(question.safer) if question.safer else None,
    )
    message = f"{shape.question} {shape.warning} Send “confirm”: true to do it."
    return Problem(409, "confirm", message, more={"question": shape.model_dump()})
