"""Summaries of recordings with action items: asked for, and made part by part in the background."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from bots import assistants, responders
from bots.dialogue import summaries
from bots.dialogue.terms import Reply, Said
from bots.models import Assistant, AuditEvent, Recording, RecordingSummary, Transcript, Verb
from bots.responders import asked

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=asked.TOTAL_S + 20)
AGAIN = timedelta(seconds=10)
TRIES = 3
NO_WORDS = "There is no transcript to sum up. Ask for one first."
SPENT = "It has used what its assistant may use for one meeting."
GONE = "The recording, its transcript or the assistant has gone."

Clock = Callable[[], datetime]
State = RecordingSummary.State


class NotAsked(Exception):
    """Why no summary is made, as a sentence."""


def ask(
    recording: Recording, assistant: Assistant | None, *, by: User, now: datetime
) -> RecordingSummary:
    """Have a summary made in place of the one before; one that is being made is that one.

    Raises NotAsked.
    """
    if assistant is None or assistant.archived_at is not None:
        raise NotAsked("There is no such assistant.")
    if missing := assistants.lacks(assistant):
        raise NotAsked(f"The assistant {assistant} lacks {' and '.join(missing)}.")
    with transaction.atomic():
        held = Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
        if held.erased_at is not None or not _lines(held):
            raise NotAsked(NO_WORDS)
        known = RecordingSummary.objects.filter(recording=held).first()
        if known is not None and known.state == State.WAITING:
            return known
        if known is not None:
            known.delete()
        made = RecordingSummary.objects.create(
            recording=held,
            assistant=assistant,
            name=assistant.name,
            asked_by=by,
            asked_at=now,
            due_at=now,
        )
        AuditEvent.objects.record(
            held.workspace,
            Verb.SUMMARY_ASKED,
            by=by,
            now=now,
            target=held,
            what=f"{held.bot}",
            detail={"assistant": assistant.name},
        )
        held.bot.tell(now)
    return made


def work(pk: int, *, clock: Clock) -> bool:
    """Ask for one part, or for the whole of the parts; whether the responder was asked.

    Never raises for what a responder answers. A worker that is killed costs one question.
    """
    now = clock()
    taken = RecordingSummary.objects.due(now).filter(pk=pk).update(due_at=now + LEASE)
    row = (
        RecordingSummary.objects.select_related("recording__bot", "assistant").filter(pk=pk).first()
    )
    if not taken or row is None:
        return False
    lines = _lines(row.recording)
    if not lines or row.assistant is None or row.recording.erased_at is not None:
        _end(row, State.FAILED, GONE, now)
        return False
    if row.assistant.is_spent(row.tokens_in + row.tokens_out, row.cost):
        _end(row, State.FAILED, SPENT, now)
        return False
    parts = summaries.parts(lines)
    row.of_parts = len(parts)
    if len(row.parts) < len(parts):
        question = summaries.question(parts[len(row.parts)], title=row.recording.bot.title)
    else:
        question = summaries.joining([summaries.Summary.read(part) for part in row.parts])
    try:
        reply = _asked(row.assistant, question)
    except responders.Failed as why:
        _failed(row, str(why), clock(), again=why.again)
        return True
    row.tokens_in += reply.tokens_in
    row.tokens_out += reply.tokens_out
    row.cost += row.assistant.cost(reply.tokens_in, reply.tokens_out)
    try:
        found = summaries.read(reply.text, lines)
    except summaries.NotASummary as why_not:
        _failed(row, str(why_not), clock(), again=True)
        return True
    row.tries = 0
    is_part = len(row.parts) < len(parts)
    if is_part:
        row.parts = [*row.parts, found.as_json()]
    if is_part and len(parts) > 1:
        row.due_at = clock()
        _keep(row)
    else:
        row.points = found.as_json()
        _end(row, State.DONE, "", clock())
    return True


def _asked(assistant: Assistant, question: list[Said]) -> Reply:
    """Raises responders.Failed, also for what nobody foresaw."""
    try:
        responder = responders.responder(assistant.settings)
        return responder.respond(question, most_tokens=asked.MOST_TOKENS_OF_A_SUMMARY)
    except responders.Failed:
        raise
    except Exception as error:
        logger.exception("A summary broke off")
        raise responders.Failed("The responder broke off.") from error


def _lines(recording: Recording) -> list[summaries.Line]:
    """The best transcript there is, line by line."""
    transcript = Transcript.objects.best(recording)
    if transcript is None:
        return []
    rows = transcript.passages.order_by("n").values_list("n", "speaker", "text", "start_s")
    return [summaries.Line(*row) for row in rows if row[2].strip()]


def _failed(row: RecordingSummary, why: str, now: datetime, *, again: bool) -> None:
    row.tries += 1
    if again and row.tries < TRIES:
        row.problem, row.due_at = why, now + AGAIN * row.tries
        _keep(row)
    else:
        _end(row, State.FAILED, why, now)


def _end(row: RecordingSummary, state: str, problem: str, now: datetime) -> None:
    row.state, row.problem, row.due_at = state, problem, None
    row.made_at = now
    _keep(row)
    row.recording.bot.tell(now)


def _keep(row: RecordingSummary) -> None:
    """Write it, unless it was asked for anew, or went with its recording."""
    fields = ("state", "points", "parts", "of_parts", "problem", "tries", "tokens_in", "tokens_out",
              "cost", "due_at", "made_at")  # fmt: skip
    RecordingSummary.objects.filter(pk=row.pk, state=State.WAITING).update(
        **{name: getattr(row, name) for name in fields}
    )
