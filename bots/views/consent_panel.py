"""What a bot's page shows of the question for consent."""

from dataclasses import dataclass

from bots import agreement, consents, lifecycle
from bots.lifecycle import chats
from bots.lifecycle.consents import Needs, Stage, in_words
from bots.models import Bot, Consent, ConsentAnswer
from bots.policy import listening


@dataclass(frozen=True, slots=True)
class Panel:
    """`sentence` is how far it is, `way` how answers are heard; `is_open`: nobody has agreed yet.

    `covers` says that what looks like a recording is the chat alone.
    """

    consent: Consent
    sentence: str
    way: str
    is_open: bool
    covers: bool
    answers: list[ConsentAnswer]
    may_confirm: bool


def panel(bot: Bot, *, steering: bool) -> Panel | None:
    """None where nobody is asked."""
    if not bot.consent_stage:
        return None
    consent = Consent.objects.filter(bot=bot).first()
    if consent is None:
        return None
    answers = list(consent.answers.select_related("by"))
    is_given = bot.consent_stage == Stage.GIVEN
    return Panel(
        consent=consent,
        sentence=_sentence(consent, bot, answers),
        way=_way(consent, bot),
        is_open=not is_given and not bot.is_over,
        covers=agreement.is_chat_alone(bot),
        answers=answers,
        may_confirm=steering and not is_given and not consents.reason_against(bot),
    )


def _sentence(consent: Consent, bot: Bot, answers: list[ConsentAnswer]) -> str:
    stage = bot.consent_stage
    if bot.is_over:
        agreed = consent.met_at is not None
        return "It was agreed to be recorded." if agreed else "It was not agreed to be recorded."
    if stage == Stage.WAITING:
        return f"Nothing is recorded before {_needed(consent.needs)}."
    if stage == Stage.GIVEN:
        return "It is agreed: this meeting may be recorded."
    judged = agreement.verdict(consent, bot)
    if judged.refused:
        return f"{in_words(judged.refused)} refused. Nothing is recorded until that changes."
    if stage == Stage.DECLINED:
        return "Somebody refused. Nothing is recorded until it is agreed anew."
    awaited = f" Waiting for {in_words(judged.awaited)}." if judged.awaited else ""
    return f"Asking for consent: {judged.agreed} agreed so far.{awaited}"


def _needed(needs: str) -> str:
    return {
        Needs.HOST: "the host agrees",
        Needs.ANYONE: "somebody agrees",
    }.get(Needs(needs) if needs in list(Needs) else Needs.EVERYONE, "everyone who is there agrees")


def _way(consent: Consent, bot: Bot) -> str:
    """How answers are heard at this meeting, and what Recall turned out to tell."""
    config = consents.as_sent(bot) or {}
    if chats.chat_of(bot.platform) is None:
        name = lifecycle.platform_label(bot.platform)
        return f"Bots can't read or write in {name}'s chat: an operator has to confirm."
    if not listening.listens(config) or config.get("participant_events", {}) is None:
        return "Answers in the chat are not heard here: an operator has to confirm."
    if bot.consent_stage == Stage.LISTENING or (
        consent.heard_at is None and consent.asked_at is not None and bot.recordings.exists()
    ):
        return (
            "Recall tells nothing of the chat before a recording, so the chat alone is taken down: "
            "no picture, no sound."
        )
    if consent.heard_at is not None:
        return "Recall tells what is written while nothing is recorded."
    return ""
