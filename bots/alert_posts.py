"""Mails and messages to chats on their way: checked once more, sent once, tried again, given up."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse

from bots import alerts, outgoing
from bots.alarms import KINDS, Kind, words
from bots.audience import Choices, choices_of
from bots.models import Alert, AlertAddress, AlertMessage, Membership

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]
State = AlertMessage.State

# Longer than sending may take.
LEASE = timedelta(seconds=60)
TRIES = 8
# Alerts that could not be told for so long are in the list, and news no more.
OLDEST = timedelta(hours=6)
# One message in a second to one address.
GAP = timedelta(seconds=1)
SALT = "alerts.off"
NOT_A_CHAT = "The chat does not take messages at this address (HTTP {status})."


def send(pk: int, *, clock: Clock, resolve: outgoing.Resolve = outgoing.look_up) -> bool:
    """Send one message if it is due; whether anything was tried.

    A worker that dies between the chat's answer and our note of it makes the message come twice;
    one that dies before makes it come late. Nothing else does either.
    """
    now = clock()
    if not AlertMessage.objects.due(now).filter(pk=pk).exists() or _must_wait(pk, now):
        return False
    if not AlertMessage.objects.claim(pk, now, LEASE):
        return False
    rows = AlertMessage.objects.select_related("workspace", "user", "address__team")
    message = rows.get(pk=pk)
    due = _still_to_tell(message)
    if not due:
        message.keep(State.DROPPED)
    elif message.attempts > TRIES or now - max(alert.raised_at for alert in due) > OLDEST:
        message.keep(State.GIVEN_UP, error=message.error or "It could not be sent in time.")
    elif message.address is not None:
        _post(message, message.address, due, clock, resolve)
    else:
        _mail(message, due, clock)
    return True


def try_address(
    address: AlertAddress, *, by: str, now: datetime, resolve: outgoing.Resolve = outgoing.look_up
) -> str:
    """Post a test; "" when it was taken, else why not."""
    if not address.turn(now, GAP):
        return "A message went there just now. Try again in a few seconds."
    name = words.escape(words.clean(by))
    where = words.escape(words.clean(f"{address.team} in {address.workspace}"))
    text = f"This is a test from recalldash: alerts of {where} will come here. Sent by {name}."
    body = {
        "text": text,
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    }
    return _deliver(address, body, now, resolve)[0]


def off_token(membership: Membership) -> str:
    """What the link in a mail knows its reader by; it can switch mails off and nothing else."""
    return signing.dumps(membership.pk, salt=SALT)


def whose(token: str) -> Membership | None:
    """The membership that such a link was made for, if it is still there."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Membership.objects.select_related("workspace", "user").filter(pk=pk).first()


def _must_wait(pk: int, now: datetime) -> bool:
    """Whether its target has had enough for now; then it is due later, in the same place."""
    waiting = AlertMessage.objects.filter(pk=pk, state__in=AlertMessage.OPEN, due_at__lte=now)
    message = waiting.select_related("address").first()
    if message is None:
        return True
    at = now
    if message.address is not None:
        at = message.address.next_at or now
    elif message.user_id is not None:
        at = alerts.mail_again_at(message.user_id, now)
        # One that is being sent this moment counts as one that was.
        others = AlertMessage.objects.filter(
            user=message.user_id, state=State.SENDING, due_at__gt=now
        ).exclude(pk=pk)
        if others.exists():
            at = max(at, now + LEASE)
    if at <= now:
        return False
    waiting.update(due_at=at)
    return True


def _still_to_tell(message: AlertMessage) -> list[Alert]:
    """Those of its alerts that still stand, or happened, and that its reader may still hear of."""
    rows = message.alerts.filter(Q(resolved_at=None) | ~Q(kind__in=_LASTING))
    found = list(rows.select_related("bot", "workspace").order_by("raised_at", "pk"))
    if message.address is not None:
        return [alert for alert in found if alert.kind in message.address.kinds]
    reader = _reader(message)
    return [alert for alert in found if reader is not None and reader.hears(alert)[1]]


_LASTING = [kind for kind in Kind if KINDS[kind].lasts]


def _reader(message: AlertMessage) -> Choices | None:
    member = Membership.objects.filter(user=message.user_id, workspace=message.workspace_id)
    membership = member.select_related("user", "workspace").first()
    return choices_of(membership) if membership is not None else None


def _post(
    message: AlertMessage,
    address: AlertAddress,
    due: Sequence[Alert],
    clock: Clock,
    resolve: outgoing.Resolve,
) -> None:
    now = clock()
    if not address.turn(now, GAP):
        _again(message, "", (address.next_at or now) - now + GAP, now, is_counted=False)
        return
    slug = message.workspace.slug
    lines = [line(alert, slug) for alert in due]
    body = words.in_chat(lines, message.workspace.name, all_of_them=_url("alerts", slug))
    error, wait = _deliver(address, body, now, resolve)
    if not error:
        message.keep(State.SENT, sent_at=clock(), error="")
    elif wait is None:
        message.keep(State.GIVEN_UP, error=error)
    else:
        _again(message, error, wait, now)


def _deliver(
    address: AlertAddress, body: object, now: datetime, resolve: outgoing.Resolve
) -> tuple[str, timedelta | None]:
    """Post it; ("", None) when taken, else why not and how long to wait (None: for good)."""
    mine = AlertAddress.objects.filter(pk=address.pk)
    if problem := getattr(address.url, "problem", ""):
        error, wait = f"The address can't be read. {problem}", None
        mine.update(problem=error)
        return error, wait
    try:
        reply = outgoing.post_json(f"{address.url}", body, resolve=resolve)
    except outgoing.Refused as refusal:
        error, wait = str(refusal), None
    except outgoing.Unreachable as failure:
        error, wait = str(failure), timedelta(0)
    else:
        error, wait = _judge(reply)
        if reply.status == 429:
            address.wait_until(now + (wait or timedelta(seconds=30)))
    if error:
        mine.update(problem=error)
    else:
        mine.update(problem="", last_sent_at=now)
    return error, wait


def _judge(reply: outgoing.Reply) -> tuple[str, timedelta | None]:
    if reply.is_fine:
        return "", None
    if reply.status == 429:
        wait = timedelta(seconds=reply.retry_after_s if reply.retry_after_s is not None else 30)
        return "The chat asked to send less.", max(wait, GAP)
    if reply.status >= 500 or reply.status == 408:
        return f"The chat could not take it just now (HTTP {reply.status}).", timedelta(0)
    if 300 <= reply.status < 400:
        return "The address leads on to another one, which is not followed.", None
    return NOT_A_CHAT.format(status=reply.status), None


def _mail(message: AlertMessage, due: Sequence[Alert], clock: Clock) -> None:
    reader = _reader(message)
    if reader is None or not settings.SENDS_MAIL:
        message.keep(State.DROPPED)
        return
    membership, workspace = reader.membership, message.workspace
    lines = [line(alert, workspace.slug) for alert in due]
    off = _url("alerts_off", off_token(membership))
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
    # The same however often it is tried: a mail program shows such a one once.
    headers = {"Message-ID": f"<alert-{message.pk}-{message.created_at:%Y%m%d%H%M%S}@{host}>"}
    if off:
        headers["List-Unsubscribe"] = f"<{off}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    body = render_to_string(
        "mail/alerts.txt",
        {
            "workspace": words.clean(workspace.name),
            "lines": [(words.clean(each.name), each) for each in lines],
            "choices": _url("alert_choices", workspace.slug),
            "off": off,
        },
    )
    mail = EmailMessage(
        subject=words.subject(lines, workspace.name),
        body=body,
        to=[membership.user.email],
        headers=headers,
    )
    try:
        mail.send()
    except (OSError, SMTPException, ValueError) as error:
        logger.warning("Message %s was not sent: %s", message.pk, type(error).__name__)
        _again(message, "The mail server did not take it.", timedelta(0), clock())
    else:
        message.keep(State.SENT, sent_at=clock(), error="")


def _again(
    message: AlertMessage, error: str, wait: timedelta, now: datetime, *, is_counted: bool = True
) -> None:
    """Have it tried again, each time later; or give it up with the sentence."""
    if is_counted and message.attempts >= TRIES:
        message.keep(State.GIVEN_UP, error=error)
        return
    backoff = timedelta(seconds=min(10 * 2**message.attempts, 1800)) if is_counted else GAP
    fields = {"due_at": now + max(wait, backoff), "error": error}
    if not is_counted:
        fields["attempts"] = message.attempts - 1
    message.keep(State.SENDING, **fields)


def line(alert: Alert, slug: str) -> words.Line:
    """An alert as it is told outside of the page, with a link where our own address is known."""
    name = alert.bot.known_as if alert.bot else str(alert.workspace)
    if alert.recording_id is not None:
        link = _url("recording", slug, alert.recording_id)
    elif alert.bot_id is not None:
        link = _url("bot", slug, alert.bot_id)
    else:
        link = _url("alerts", slug)
    return words.Line(Kind(alert.kind), name, alert.sentence, link)


def _url(name: str, *args: object) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}" if settings.PUBLIC_URL else ""
