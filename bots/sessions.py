"""The open sessions of a person: noted as they are used, listed, and ended one by one."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

NOTED_EVERY_S = 60.0
MOST_REMEMBERED = 10_000
LONGEST_AGENT = 200
# Where nobody knows from where a request came.
NOWHERE = "0.0.0.0"

# Each calls itself by the names of those before it, too; so the first that fits is the one.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class NoteSessions:
    """Middleware: who uses which session, from where and when, to the minute.

    Each process remembers what it noted, so that a page costs no query more than it has to.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._noted: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # Only where a page looked at who asks: nothing is asked of the database for it.
        user = getattr(request, "_cached_user", None)
        key = request.session.session_key if user else None
        if user and key and user.is_authenticated and self._is_due(key):
            note(request, key)
        return response

    def _is_due(self, key: str) -> bool:
        now = time.monotonic()
        with self._lock:
            last = self._noted.get(key)
            if last is not None and now - last < NOTED_EVERY_S:
                return False
            self._noted[key] = now
            self._noted.move_to_end(key)
            if len(self._noted) > MOST_REMEMBERED:
                self._noted.popitem(last=False)
        return True


def note(request: HttpRequest, key: str) -> None:
    """Write down that this session was used just now."""
    seen = {
        "user": request.user,
        "ip": get_adapter().get_client_ip(request),
        "user_agent": request.META.get("HTTP_USER_AGENT", "").replace("\0", "")[:LONGEST_AGENT],
        "last_seen_at": timezone.now(),
    }
    known = UserSession.objects.filter(session_key=key).update(**seen)
    # One that ended while the request was on its way is not opened again.
    if not known and SessionStore().exists(key):
        UserSession.objects.get_or_create(session_key=key, defaults=seen)


@dataclass(frozen=True, slots=True)
class Open:
    """One session as its person sees it."""

    pk: int
    browser: str
    ip: str
    since: datetime
    last_seen: datetime
    is_this: bool


def of(user: User, key: str | None) -> list[Open]:
    """The person's sessions that still open doors: the one with that key, then as last used."""
    found = [
        Open(
            pk=row.pk,
            browser=browser(row.user_agent),
            ip="" if row.ip == NOWHERE else row.ip,
            since=row.created_at,
            last_seen=row.last_seen_at,
            is_this=row.session_key == key,
        )
        for row in UserSession.objects.purge_and_list(user)
    ]
    return sorted(found, key=lambda each: (each.is_this, each.last_seen), reverse=True)


def browser(agent: str) -> str:
    """What a browser calls itself, in the words that people use: “Firefox on Windows”."""
    name = next((word for mark, word in BROWSERS if mark in agent), "")
    system = next((word for mark, word in SYSTEMS if mark in agent), "")
    if name and system:
        return f"{name} on {system}"
    return name or system or "Another program"


def end(user: User, pk: int) -> bool:
    """End that session of the person, if it is theirs. Streams it opened end within 30 s."""
    session = UserSession.objects.filter(user=user, pk=pk).first()
    if session is not None:
        session.end()
    return session is not None


def end_others(user: User, key: str | None) -> int:
    """End every session of the person but the one with that key; how many those were."""
    others = UserSession.objects.filter(user=user).exclude(session_key=key or "")
    known = list(others)
    for session in known:
        session.end()
    return len(known)


def over(now: datetime) -> tuple[models.QuerySet[Session], models.QuerySet[UserSession]]:
    """What is left of sessions that have run out: they open nothing any more."""
    # A session lasts from its sign-in on: what was last seen before that is over.
    oldest = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return (
        Session.objects.filter(expire_date__lt=now),
        UserSession.objects.filter(last_seen_at__lt=oldest),
    )
