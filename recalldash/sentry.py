"""Error reports to Sentry, or to what speaks its protocol, where SENTRY_DSN names one."""

from typing import Any

from bots import trace
from recalldash.logs import mask


def begin(dsn: str) -> None:
    """Report what breaks there: no local variables, bodies or people, and nothing like a secret."""
    # Only where it is wanted: it takes its time and its memory.
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=clean,
        before_breadcrumb=clean,
    )


def clean(event: Any, hint: dict[str, Any]) -> Any:
    """The event as it may leave the house, with the request, bot and order that it belongs to."""
    request = event.get("request") or {}
    for name in ("cookies", "headers", "query_string", "data", "env"):
        request.pop(name, None)
    if ids := trace.ids():
        event["tags"] = {**(event.get("tags") or {}), **ids}
    return _masked(event)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value
