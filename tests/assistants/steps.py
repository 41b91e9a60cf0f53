"""An assistant in a meeting: sent, told what people say, and looked at as the chore does."""

from typing import Any

from bots import assistants, conversations, overhearing
from bots.models import Assistant, AssistantSession, Bot, Order, Workspace
from bots.recall import downloads, realtime
from tests.world import LINK, NOW, at, deliver, status_event

RECALL_ID = "4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b001"


def make_assistant(workspace: Workspace, url: str = "", **fields: Any) -> Assistant:
    """One that is answered by the endpoint at that address, or by an echo."""
    given: dict[str, Any] = {
        "name": "Scribe",
        "kind": "openai" if url else "echo",
        "base_url": url,
        "model": "m" if url else "",
        "instruction": "Help.",
        "created_at": NOW,
    }
    return Assistant.objects.create(workspace=workspace, **{**given, **fields})


def sent(assistant: Assistant, link: str = LINK, **more: Any) -> AssistantSession:
    """Sent into a meeting, which its bot is in and records."""
    session = assistants.initiate(
        assistant,
        assistant.workspace.default_team,
        meeting_url=link,
        text=more.pop("text", ""),
        by=more.pop("by", None),
        token=more.pop("token", "form-1"),
        now=NOW,
        **more,
    )
    bot = session.bot
    bot.orders.update(state="confirmed")
    Bot.objects.filter(pk=bot.pk).update(recall_id=RECALL_ID)
    bot.refresh_from_db()
    told(bot, "in_call_recording", 1)
    session.refresh_from_db()
    return session


def told(bot: Bot, code: str, seconds: float) -> None:
    """A status of the bot."""
    deliver(bot.workspace, status_event(bot, code, at(seconds)), when=at(seconds))
    bot.refresh_from_db()


def says(
    session: AssistantSession, seconds: float, who: str, text: str, *, kind: str = "words"
) -> None:
    """Words, or (`kind="partial"`) words that may still change."""
    word = downloads.Word(text, downloads.Moment(seconds, None), downloads.Moment(seconds, None))
    _hear(session, seconds, who, kind=kind, words=(word,), name=f"transcript.{kind}")


def writes(
    session: AssistantSession, seconds: float, who: str, text: str, *, to: str = "everyone"
) -> None:
    """A chat message."""
    _hear(
        session,
        seconds,
        who,
        kind="deed",
        action="chat_message",
        chat=text,
        sent_to=to,
        name="participant_events.chat_message",
    )


NUMBERS = {"Ann": 1, "Ben": 2, "Otter.ai": 3, "Scribe": 4, "Acme Notetaker": 5}


def _hear(session: AssistantSession, seconds: float, who: str, **event: Any) -> None:
    person = downloads.Participant(NUMBERS.get(who), who, who == "Ann", "", "", {})
    bot = Bot.objects.get(pk=session.bot_id)
    overhearing.hear(
        bot,
        realtime.Heard(
            bot_id=None,
            recording_id=None,
            participant=person,
            moment=downloads.Moment(seconds, at(seconds)),
            **event,
        ),
        now=at(seconds),
    )
    session.refresh_from_db()


def looks(session: AssistantSession, seconds: float, *, most: int = 10) -> int:
    """Look as the chore does as long as something is due then; how often it was asked."""
    asked = 0
    for _ in range(most):
        if session.pk not in AssistantSession.objects.due(at(seconds)).values_list("pk", flat=True):
            break
        asked += conversations.look(session.pk, clock=lambda: at(seconds))
    session.refresh_from_db()
    return asked


def orders(session: AssistantSession) -> list[tuple[str, Any]]:
    """What it ordered, oldest first; each is done at once."""
    found = session.bot.orders.filter(given_by=session.name).order_by("pk")
    rows = [(row.action, row.body) for row in found]
    Order.objects.filter(pk__in=found.values("pk")).update(state=Order.State.CONFIRMED)
    return rows


def chat(session: AssistantSession) -> list[str]:
    """What it wrote."""
    return [body["message"] for action, body in orders(session) if action == "say"]


def notes(session: AssistantSession) -> list[str]:
    return list(session.turns.filter(kind="note").values_list("text", flat=True))
