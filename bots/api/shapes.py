"""What goes in and comes out, described once: read, checked and published from here."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

_AT = "2026-11-20T12:00:00Z"


class Given(BaseModel):
    """What a caller sends: a field that is not known is refused by its name."""

    model_config = ConfigDict(extra="forbid")


class NothingGiven(Given):
    """An empty object, or no body at all."""


class StartGiven(Given):
    """Whether to start although it overwrites what is recorded so far."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"confirm": True}, {}]}
    )

    confirm: StrictBool = Field(
        default=False,
        description="Say true once you know what it overwrites; a 409 tells that before.",
    )


class MessageGiven(Given):
    """What the bot shall write into the meeting's chat."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"message": "I take notes today."}, {"message": "Hello", "to": "host"}]
        },
    )

    message: str = Field(description="At most as long as the platform takes.", max_length=4096)
    to: str = Field(
        default="everyone",
        description="In Zoom also “host”, “everyone_except_host”, or Recall's number of a person.",
        max_length=20,
    )
    pin: StrictBool = Field(
        default=False, description="Where the platform lets a bot pin messages."
    )


class InitiateGiven(Given):
    """Which assistant goes into which meeting, and what for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "assistant": 1,
                    "meeting_url": "https://meet.google.com/abc-defg-hij",
                    "text": "This is the weekly review. Note who promises what.",
                }
            ]
        },
    )

    assistant: int
    meeting_url: str = Field(description="A link, or an invitation with one.", max_length=20_000)
    text: str = Field(
        default="", description="Its instruction for this meeting alone.", max_length=8000
    )
    bot_name: str | None = Field(
        default=None, description="How it is called there; else by its own name.", max_length=100
    )
    team: int | None = Field(
        default=None, description="For which team; else the first that the token is for."
    )


class ScreenGiven(Given):
    """The web page that the bot shall share as its screen."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://example.com/agenda"}]}
    )

    url: str = Field(description="Of a page that anybody can open.", max_length=2000)


class TeamShape(BaseModel):
    """A team by its number and name."""

    id: int
    name: str


class OutcomeShape(BaseModel):
    """What came of a bot or a recording, as a word for programs and one for people."""

    code: str
    label: str


class BotShape(BaseModel):
    """A bot in a list."""

    id: int = Field(description="Ours, as in the addresses of pages and of this API.")
    recall_id: UUID | None = Field(description="Recall's; null until Recall has taken the bot.")
    title: str = Field(description="Its title, else where it went, without passwords.")
    name: str = Field(description="How it is called in the meeting.")
    platform: str
    team: TeamShape
    phase: str = Field(
        description="scheduled, joining, waiting, in_call, recording, paused, leaving, "
        "processing, finished, failed or unknown."
    )
    phase_at: datetime
    status: str = Field(description="Recall's last code, as it came; empty before the first.")
    sub_status: str
    outcome: OutcomeShape | None = Field(description="Null until the bot is over.")
    join_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    url: str = Field(description="Its page for people.")


class PageShape(BaseModel):
    """Some bots, newest first, and where the next ones begin."""

    bots: list[BotShape]
    next: str | None = Field(description="Send it as “after”; null at the end.")


class EntryShape(BaseModel):
    """An entry of a bot's timeline: a status that Recall reported, or an order and its fate."""

    at: datetime
    kind: Literal["status", "order"]
    id: str
    title: str
    sentence: str
    next_step: str
    code: str = Field(description="Recall's own word.")
    source: str = Field(description="How it was learnt.")


class FileShape(BaseModel):
    """A file of a recording."""

    kind: str
    status: str


class RecordingShape(BaseModel):
    """A recording and its status."""

    id: int
    recall_id: UUID
    status: str = Field(description="Recall's word.")
    outcome: OutcomeShape | None
    missing: str = Field(description="What is missing of it, as a sentence; empty where nothing.")
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None = Field(description="When Recall deletes it; null: not known.")
    duration_s: float | None
    files: list[FileShape]
    url: str


class OrderShape(BaseModel):
    """An order: that it was taken, and later what came of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "bot_id": 3,
                    "action": "pause",
                    "state": "waiting",
                    "is_open": True,
                    "sentence": "Not sent to Recall yet.",
                    "code": "",
                    "given_by": "API token “CRM sync”",
                    "created_at": _AT,
                    "finished_at": None,
                    "expires_at": "2026-11-20T12:01:00Z",
                }
            ]
        }
    )

    id: int
    bot_id: int
    action: str
    state: str = Field(
        description="waiting, sending, accepted (by Recall), confirmed, refused, expired or "
        "superseded."
    )
    is_open: bool = Field(description="Whether something may still come of it.")
    sentence: str = Field(description="What has come of it, or why nothing.")
    code: str = Field(description="Recall's own word for what went wrong; empty otherwise.")
    given_by: str
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime = Field(description="When it is given up if nothing shows it was done.")


class ActionShape(BaseModel):
    """Something that can be ordered, or why it can't be just now."""

    action: str
    path: str = Field(description="Where to post it.")
    allowed: bool
    why_not: str = Field(description="A sentence; empty where it is allowed.")
    question: str | None = Field(description="What has to be confirmed first; null: nothing.")


class StateShape(BotShape):
    """All that there is to know of a bot."""

    sentence: str = Field(description="What is so, as people read it.")
    timeline: list[EntryShape] = Field(description="Oldest first.")
    recordings: list[RecordingShape] = Field(description="Newest first.")
    open_orders: list[OrderShape]
    actions: list[ActionShape]


class FieldShape(BaseModel):
    """What is wrong with one field."""

    field: str
    message: str


class QuestionShape(BaseModel):
    """What has to be confirmed before an order that destroys something."""

    question: str
    warning: str
    instead: str | None = Field(description="The order that destroys nothing; null: none.")


class AssistantShape(BaseModel):
    """Somebody who can be sent into a meeting."""

    id: int
    name: str
    is_ready: bool = Field(description="Whether it has all that it needs.")
    lacks: list[str] = Field(description="What it cannot take part without, in words.")


class AssistantsShape(BaseModel):
    """The assistants of the workspace."""

    assistants: list[AssistantShape]


class SentShape(BaseModel):
    """The bot that an assistant speaks through."""

    id: int = Field(description="Ours: its state is at /api/v1/bots/…/.")
    recall_id: UUID | None = Field(description="Recall's; null until Recall has taken the bot.")
    status: str = Field(description="Its phase; “joining” at first.")
    url: str = Field(description="Its page for people.")


class SessionShape(BaseModel):
    """An assistant that was sent into a meeting."""

    integration_id: int = Field(description="The assistant.")
    session_id: int
    bot: SentShape


class ErrorShape(BaseModel):
    """Why something was not done."""

    code: str = Field(description="A word for programs.")
    message: str = Field(description="A sentence for people.")
    fields: list[FieldShape] = Field(default=[], description="Where single fields are wrong.")
    question: QuestionShape | None = Field(default=None, description="With the code “confirm”.")


class TroubleShape(BaseModel):
    """Every answer that is no success."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"error": {"code": "not_now", "message": "The recording is paused already."}},
                {
                    "error": {
                        "code": "invalid",
                        "message": "“mesage” is no field of this request.",
                        "fields": [
                            {
                                "field": "mesage",
                                "message": "“mesage” is no field of this request.",
                            }
                        ],
                    }
                },
            ]
        }
    )

    error: ErrorShape


def also(status: int, shape: Any) -> dict[int, Any]:
    """The answers of an operation: that one, and every trouble that there may be."""
    troubles = (400, 401, 403, 404, 409, 413, 429, 500, 503)
    return {status: shape} | dict.fromkeys(troubles, TroubleShape)
