"""Asking for a transcript after the meeting: whether that makes sense, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from bots import actions, lifecycle
from bots.actions import NotNow
from bots.lifecycle import Action
from bots.models import Artifact, Order, Recording

# https://docs.recall.ai/docs/asynchronous-transcription
MOST = 10
_NOT_DONE = {
    "deleted": "This recording is deleted at Recall, so there is nothing to transcribe.",
    "failed": "Recall could not finish this recording, so there is nothing to transcribe.",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of the transcript that was asked for last; no sentence where nothing is to say.

    `code` is Recall's own word for what went wrong.
    """

    sentence: str = ""
    code: str = ""
    is_pending: bool = False


def reason_against(recording: Recording, *, now: datetime) -> str:
    """Why Recall can't transcribe that recording now, as a sentence, or "" when it can."""
    if recording.status != "done":
        return _NOT_DONE.get(recording.status, "The recording has to be finished first.")
    if recording.expires_at is not None and recording.expires_at <= now:
        return _NOT_DONE["deleted"]
    if recording.bot.gone_at is not None:
        return "Recall does not know this bot any more."
    made = recording.artifacts.filter(kind="transcript").exclude(status="deleted").count()
    if made >= MOST:
        return f"Recall keeps at most {MOST} transcripts of a recording, and there are {made}."
    return ""


def ask(
    recording: Recording,
    provider: dict[str, Any],
    *,
    by: User | None,
    token: str,
    now: datetime,
) -> Order:
    """Have Recall transcribe the recording; `provider` is `{<its name>: {…}}`.

    Raises NotNow with the reason. The same form (`token`) again gives the same order.
    """
    known = recording.bot.orders.filter(token=token).first() if token else None
    if known is not None:
        return known
    if why_not := reason_against(recording, now=now):
        raise NotNow(why_not)
    asked = {"recording": str(recording.recall_id), "request": {"provider": provider}}
    order = actions.order(recording.bot, Action.TRANSCRIBE, by=by, now=now, token=token, body=asked)
    if order.body.get("recording") != asked["recording"]:
        raise NotNow("Another recording of this bot is being asked about. Ask again in a moment.")
    return order


def last(recording: Recording) -> Asked:
    """What became of the transcript that was asked for last."""
    order = _last_order(recording)
    if order is not None and order.is_open:
        return Asked(f"Asked for a transcript… {order.error}".strip(), is_pending=True)
    files = list(recording.artifacts.filter(kind="transcript").select_related("transcript"))
    if any(file.status == "processing" for file in files):
        return Asked("Recall is making a transcript…", is_pending=True)
    if any(file.status == "done" and not hasattr(file, "transcript") for file in files):
        return Asked("A transcript is ready and being fetched…", is_pending=True)
    newest = max(files, key=lambda file: (file.status_at, file.pk), default=None)
    is_later = newest is None or (order is not None and order.created_at > newest.status_at)
    if order is not None and order.state in (Order.State.REFUSED, Order.State.EXPIRED) and is_later:
        return Asked(order.error, order.error_code)
    if newest is not None and newest.status == "failed":
        return _failed(newest)
    return Asked()


def _last_order(recording: Recording) -> Order | None:
    # Of a bot only a few are ever written, so the body is compared here and not by the database.
    orders = recording.bot.orders.filter(action=Action.TRANSCRIBE).order_by("-pk")[:50]
    mine = (each for each in orders if each.body.get("recording") == str(recording.recall_id))
    return next(mine, None)


def _failed(file: Artifact) -> Asked:
    words = lifecycle.explain("transcript.failed", file.sub_code)
    return Asked(f"{words.sentence} {words.next_step}".strip(), file.sub_code)
