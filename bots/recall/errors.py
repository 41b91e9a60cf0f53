"""What went wrong at Recall, as types that say what to do."""

from typing import Any

SLOW_DOWN_S = 60.0
NO_FREE_BOT_S = 30.0


class RecallError(Exception):
    """
    A call to Recall that did not do what was asked.

    `sentence` is for people; `code` and `detail` are Recall's own words; `request` names the call
    without ids or keys; `may_have_happened` is True where Recall may have acted all the same.
    """

    may_have_happened = False
    sentence = "Recall answered with an error. Look at the bot, then try again."

    def __init__(
        self,
        *,
        status: int | None = None,
        code: str = "",
        detail: str = "",
        request: str = "",
    ) -> None:
        super().__init__()
        self.status = status
        self.code = code
        self.detail = detail
        self.request = request

    def __str__(self) -> str:
        return self.sentence

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.request}: {self.status} {self.code}>"


class WrongKeyOrRegion(RecallError):
    """401, or a key that cannot be one."""

    sentence = (
        "Recall does not know this API key. Check the key, and that it belongs to this region."
    )


class UnreadableKey(WrongKeyOrRegion):
    """No call was made: the stored key can't be opened. `detail` says why, in a sentence."""

    @property
    def sentence(self) -> str:  # type: ignore[override]
        return (
            f"The API key can't be read. {self.detail} Put that key back into ENCRYPTION_KEYS, or "
            "enter the API key again."
        )


class OutOfCredit(RecallError):
    """402."""

    sentence = (
        "The Recall workspace is out of credit. Top it up in Recall's dashboard, then try again."
    )


class BlockedByFirewall(RecallError):
    """403: Recall's firewall dislikes `localhost` and IP addresses anywhere in a payload."""

    sentence = (
        "Recall's firewall blocked this. Remove localhost and IP addresses from what is sent, "
        "then try again."
    )


class NotFound(RecallError):
    """404: unknown, deleted, or of another workspace or region."""

    sentence = "Recall does not have this any more. Check that it belongs to this workspace."


class LinkExpired(RecallError):
    """A signed download link that no longer opens; read its recording again for a fresh one."""

    sentence = "The download link has expired. Refresh the recording to get a fresh one."


class ForeignLink(RecallError):
    """A signed link that leads neither to Recall nor to a media host; `detail` is its host."""

    @property
    def sentence(self) -> str:  # type: ignore[override]
        return (
            f"Recall's link leads to “{self.detail[:100]}”, which is not in MEDIA_HOSTS, so it is "
            "not followed."
        )


class TooLate(RecallError):
    """405, `cannot_command_*`, `update_bot_failed`: the bot is not where this order makes sense."""

    @property
    def sentence(self) -> str:  # type: ignore[override]
        if self.code == "update_bot_failed" and "time" in self.detail.lower():
            return "There is not enough time left to move this bot. Cancel it and send a new one."
        return _TOO_LATE.get(
            self.code, "It is too late for this: the bot has moved on. Refresh to see where it is."
        )


_TOO_LATE = {
    "cannot_command_unstarted_bot": (
        "The bot is not in a call. Wait until it has joined, or send another one if it has gone."
    ),
    "cannot_command_completed_bot": (
        "The bot has already left the call. Send another one to go on."
    ),
    "update_bot_failed": "The bot is already on its way and can no longer be changed.",
    "cannot_delete_bot": "The bot is already on its way. Let it leave the call instead.",
}


class Conflict(RecallError):
    """409: the same request is still being worked on."""

    sentence = "Recall is still working on the same request. Wait a moment, then look again."


class SlowDown(RecallError):
    """429; `retry_after_s` says for how long."""

    def __init__(self, *, retry_after_s: float = SLOW_DOWN_S, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.retry_after_s = retry_after_s

    @property
    def sentence(self) -> str:  # type: ignore[override]
        return f"Recall asks for fewer calls for the next {self.retry_after_s:.0f} seconds."


class OverBudget(RecallError):
    """Our own doing: the call was not made, to stay below Recall's limit. Repeat it later."""

    def __init__(self, *, retry_after_s: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.retry_after_s = retry_after_s

    @property
    def sentence(self) -> str:  # type: ignore[override]
        return (
            "So many calls were made to Recall in the last minute that this one waits for "
            f"{max(self.retry_after_s, 1):.0f} s. It goes out by itself."
        )


class NoFreeBot(RecallError):
    """507; repeat after `retry_after_s` with a NEW Idempotency-Key."""

    def __init__(self, *, retry_after_s: float = NO_FREE_BOT_S, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.retry_after_s = retry_after_s

    sentence = (
        "Recall has no free bot right now. One that is scheduled more than ten minutes ahead is "
        "guaranteed."
    )


class Refused(RecallError):
    """400: the request is wrong. `fields` maps dotted names to Recall's messages."""

    def __init__(self, *, fields: dict[str, list[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields = fields or {}

    @property
    def sentence(self) -> str:  # type: ignore[override]
        for field, messages in self.fields.items():
            return f"Recall refused this because of {field}: {messages[0]}"
        if self.detail:
            return f"Recall refused this: {self.detail}"
        return "Recall refused this and gave no reason. Check what was asked for."


class Unreachable(RecallError):
    """Nothing can have happened: safe to repeat."""

    sentence = "Recall can't be reached. Nothing has happened, so it is safe to try again."


class OutcomeUnknown(RecallError):
    """A write whose answer never came. Ask Recall what is so before repeating it."""

    may_have_happened = True
    sentence = (
        "Recall did not confirm this, so it may or may not have happened. "
        "Look at the bot before trying again."
    )


class NotRecall(RecallError):
    """HTML, a redirect, something huge, broken or of a wrong type: a proxy, or a wrong address."""

    sentence = (
        "What answered is not Recall's API. Check the region's address and any proxy in between."
    )

    def __init__(self, *, may_have_happened: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.may_have_happened = may_have_happened
