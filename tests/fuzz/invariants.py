"""What must hold for any bytes: of the webhook parser, of its verifier, and of the link finder."""

import json
from datetime import UTC, datetime

from bots.recall import webhooks
from bots.recall.meeting_urls import NotALink, find
from bots.recall.meeting_urls.hosts import platform_of

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRETS = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "not a secret", ""]


def a_webhook(data: bytes) -> None:
    """Any body is an event or Unreadable; what is read is safe to keep, and reads so again."""
    try:
        event = webhooks.parse(data)
    except webhooks.Unreadable as refusal:
        assert refusal.sentence
        return
    written = json.dumps(event.raw, ensure_ascii=False)
    assert "\\u0000" not in written
    written.encode("utf-8")  # no half of a character
    for word in (event.name, event.code, event.sub_code or "", event.bot_id or ""):
        assert len(word) <= 200
        assert "\0" not in word
    assert event.name
    assert event.family
    assert len(event.message) <= webhooks.MESSAGE_LENGTH
    again = webhooks.parse(written.encode())
    assert again == event, "what was kept is read otherwise"


def a_signature(data: bytes) -> None:
    """Any headers over any body are NotFromRecall; what was signed is accepted, and only that."""
    head, _, body = data.partition(b"\n\n")
    lines = head.decode("latin-1").split("\n")
    names = [f"{family}-{part}" for family in webhooks.FAMILIES
             for part in ("id", "timestamp", "signature")]  # fmt: skip
    headers = dict(zip(names, lines, strict=False))
    try:
        webhooks.verify(headers, body, secrets=SECRETS, now=NOW)
    except webhooks.NotFromRecall as refusal:
        assert refusal.sentence
    else:
        raise AssertionError("a forged webhook was accepted")
    try:
        signed = webhooks.sign(body, secret=SECRETS[0], message_id="msg_1", at=NOW)
    except ValueError:
        return  # not UTF-8
    assert webhooks.verify(signed, body, secrets=SECRETS, now=NOW).secret_index == 0
    try:
        webhooks.verify(signed, body + b"x", secrets=SECRETS, now=NOW)
    except webhooks.NotFromRecall:
        return
    raise AssertionError("a changed body was accepted")


def a_link(data: bytes) -> None:
    """Any text has a link or NotALink; the normal form is its own, and of a public host."""
    try:
        link = find(data.decode("utf-8", "surrogatepass" if data[:1] == b"\xed" else "replace"))
    except UnicodeDecodeError:
        return
    except NotALink as refusal:
        assert refusal.sentence
        return
    assert len(link.url) <= 2_000
    scheme, _, rest = link.url.partition("://")
    assert scheme in ("http", "https")
    place = rest.partition("/")[0].partition("?")[0].partition("#")[0]
    host = place.partition(":")[0]
    assert "." in host
    assert "@" not in place
    assert not host.rpartition(".")[2].isdigit()
    assert not any(ord(char) < 32 or 0x202A <= ord(char) <= 0x202E for char in link.url)
    assert link.platform == platform_of(host)
    assert not link.platform or scheme == "https"
    assert not link.known or link.platform
    again = find(link.url)
    assert (again.url, again.key, again.platform) == (link.url, link.key, link.platform)


TARGETS = {"webhooks": (a_webhook, a_signature), "links": (a_link,)}
