"""Whether a request was signed by one of a workspace's webhook secrets."""

from collections.abc import Mapping
from datetime import datetime

from bots.models import WebhookSecret, Workspace
from bots.recall import webhooks


class CannotVerify(Exception):
    """A stored webhook secret can't be opened: whether Recall signed this can't be told."""


def verify(
    workspace: Workspace, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> tuple[webhooks.Verified, WebhookSecret]:
    """Who signed these bytes and when, and the secret it was.

    Raises `webhooks.NotFromRecall`, or CannotVerify where a secret that may have signed it can't be
    read.
    """
    secrets = workspace.current_secrets(now)
    texts = [row.secret for row in secrets]
    try:
        verified = webhooks.verify(headers, body, secrets=texts, now=now)
    except webhooks.NotFromRecall as refusal:
        unread = any(getattr(text, "problem", "") for text in texts)
        if unread and refusal.reason in ("bad_signature", "no_secret"):
            raise CannotVerify from refusal
        raise
    return verified, secrets[verified.secret_index]
