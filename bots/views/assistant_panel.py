"""What a bot's page shows of the assistant that takes part through it."""

from dataclasses import dataclass

from bots import lifecycle
from bots.lifecycle import Phase, chats
from bots.models import AssistantSession, AssistantTurn, Bot
from bots.policy import listening

LINES = 60
Kind = AssistantTurn.Kind


@dataclass(frozen=True, slots=True)
class Panel:
    """`hears` is what reaches it of the meeting, where that is less than all that is said.

    `lines` are what was said to it, its answers, its tools, and notes; oldest first.
    """

    session: AssistantSession
    hears: str
    lines: list[AssistantTurn]
    is_thinking: bool
    may_silence: bool
    may_let_speak: bool


def panel(bot: Bot, *, steering: bool) -> Panel | None:
    """None where no assistant takes part."""
    if not bot.is_assisted:
        return None
    found = AssistantSession.objects.select_related("assistant", "opened_by").filter(bot=bot)
    session = found.first()
    if session is None:
        return None
    shown = session.turns.exclude(kind__in=[Kind.SAID, Kind.CAME]) | session.turns.filter(
        kind=Kind.SAID, is_for_us=True
    )
    lines = list(shown.order_by("-n")[:LINES])[::-1]
    is_live = session.is_open and not bot.is_over
    steers = steering and is_live and session.assistant_id is not None
    return Panel(
        session=session,
        hears=_hears(bot) if is_live else "",
        lines=lines,
        is_thinking=session.answering is not None and is_live,
        may_silence=steers and session.state == AssistantSession.State.LISTENING,
        may_let_speak=steers
        and session.state == AssistantSession.State.SILENCED
        and not session.is_spent,
    )


def _hears(bot: Bot) -> str:
    config = bot.recording_config
    chat = chats.chat_of(bot.platform) is not None
    where = lifecycle.platform_label(bot.platform) if bot.platform else "this meeting"
    if not listening.listens(config):
        return "Recall cannot reach this server, so it hears nothing while the meeting runs."
    if not chat:
        return f"Bots can't write in the chat of {where}: its answers stand here alone."
    if not listening.provider_of(config):
        return "Nothing is transcribed while the meeting runs, so it hears the chat alone."
    if listening.is_late(config):
        return "The policy has the transcript made with care, so it hears speech some minutes late."
    if bot.phase == Phase.IN_CALL:
        return "It hears what is said once recording has started."
    return ""
