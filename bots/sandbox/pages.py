"""The sandbox's own pages: its meetings to watch and drive, a workspace's settings and log.

Open to whoever reaches the sandbox, which is only ever on for local use; a POST takes a CSRF token.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from . import direct, page_forms
from .api.faults import KINDS
from .dialogues import NOTETAKERS
from .direct import NotPossible
from .models import REGIONS, Bot, Message, Room, Workspace
from .rooms import is_over, script_of
from .scenarios import SCENARIOS, Scenario
from .stage import Stage

WORKSPACES = 30
PAST = 5
LISTED = 100
LONGEST_NAME, LONGEST_TEXT = 120, 2000
LONGEST_MEETING = timedelta(hours=13)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A meeting in a list; `is_on` while it has begun and a bot is or may yet be in it."""

    room: Room
    title: str
    bots: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class Meetings:
    """A workspace's meetings: those on or to come, and the newest past ones."""

    workspace: Workspace
    live: list[Sitting]
    past: list[Sitting]


# The list of workspaces


@login_not_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Workspaces with their meetings, the named links, and how to use all this from elsewhere."""
    now = timezone.now()
    workspaces = Workspace.objects.annotate(
        meetings=Count("rooms"), newest_at=Max("rooms__started_at")
    )
    shown = workspaces.order_by("-newest_at", "-opened_at")[:WORKSPACES]
    context = {
        "listed": [
            _meetings(workspace, now=now, past=PAST)
            for workspace in shown.prefetch_related("endpoints")
        ],
        "scenarios": [(scenario, links_of(scenario)) for scenario in SCENARIOS],
        "origin": request.build_absolute_uri("/").rstrip("/"),
        "region": REGIONS[1],
        # Whoever plays the sandbox alone says so; beside it the dashboard has this address.
        "send_at": "" if getattr(settings, "SANDBOX_ALONE", False) else "/send",
    }
    return _page(request, "home", "workspaces", context)


def links_of(scenario: Scenario) -> list[tuple[str, str]]:
    """The link of a named scenario on each platform, as (platform, link)."""
    number = f"90000000{scenario.number:02}"
    return [
        ("google_meet", f"https://meet.google.com/{scenario.code}"),
        ("zoom", f"https://zoom.us/j/{number}"),
        ("microsoft_teams", f"https://teams.microsoft.com/meet/{number}"),
        ("webex", f"https://sandbox.webex.com/meet/{number}"),
        ("goto_meeting", f"https://meet.goto.com/{number}"),
    ]


def _meetings(workspace: Workspace, *, now: datetime, past: int) -> Meetings:
    rooms = workspace.rooms.annotate(
        bot_count=Count("bots", filter=Q(bots__deleted_at=None))
    ).order_by("-started_at", "-pk")
    bots = Bot.objects.filter(workspace=workspace, deleted_at=None, frozen_code="")
    busy = set(bots.values_list("room", flat=True))
    maybe = rooms.filter(Q(started_at__gt=now - LONGEST_MEETING) | Q(pk__in=busy))[:LISTED]
    live = [room for room in maybe if room.pk in busy or not is_over(room, at=now)]
    over = rooms.exclude(pk__in=[room.pk for room in live]).filter(started_at__lte=now)[:past]

    def sitting(room: Any) -> Sitting:
        is_on = room.pk in busy and room.started_at <= now
        return Sitting(room, script_of(room).title, room.bot_count, is_on)

    return Meetings(workspace, [sitting(room) for room in live], [sitting(room) for room in over])


# A meeting room


@login_not_required
@ensure_csrf_cookie
@require_GET
def room(request: HttpRequest, pk: int) -> HttpResponse:
    """One sitting of a meeting: who is there, what goes on, and what a person can do about it."""
    return _page(request, "room", "room", _room_context(_find_room(pk)))


@login_not_required
@csrf_protect
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """A person's hand in the meeting: one verb of `direct.py`, named by the button.

    A button's name is the verb, its value the participant's name or a bot's id; "speed" and
    "seconds" (to jump ahead) are about time.
    """
    room = _find_room(pk)
    try:
        _carry_out(request, room, now=timezone.now())
    except NotPossible as e:
        if not request.headers.get("HX-Request"):
            context = _room_context(_find_room(pk)) | {"refusal": str(e)}
            return _page(request, "room", "room", context, status=409)
        refused = render(request, "sandbox/room.html#refusal", {"refusal": str(e)}, status=409)
        refused["HX-Retarget"], refused["HX-Reswap"] = "#refusal", "outerMorph"
        return refused
    if not request.headers.get("HX-Request"):
        return _see_other("sandbox-room", pk)
    return _page(request, "room", "room", _room_context(_find_room(pk)) | {"acted": True})


def _find_room(pk: int) -> Room:
    return get_object_or_404(Room.objects.select_related("workspace"), pk=pk)


def _room_context(room: Room) -> dict[str, Any]:
    return {"stage": Stage(room, now=timezone.now()), "room": room, "notetakers": NOTETAKERS}


def _carry_out(request: HttpRequest, room: Room, *, now: datetime) -> None:
    asked = request.POST
    if "speed" in asked:
        direct.set_speed(room, _number(asked["speed"]), now=now)
        return
    if "seconds" in asked:
        settled = direct.advance(room, _number(asked["seconds"]), now=now)
        time.sleep(min(max((settled - timezone.now()).total_seconds(), 0.0), 1.0))
        return
    verb = next((name for name in asked if name in direct.VERBS), "")
    name = (asked.get(verb, "") or asked.get("who", "")).strip()
    text = asked.get("text", "").strip()
    if len(name) > LONGEST_NAME or len(text) > LONGEST_TEXT:
        raise NotPossible(
            f"A name has up to {LONGEST_NAME} characters, a text up to {LONGEST_TEXT}."
        )
    if verb in ("join", "notetaker"):
        if not name:
            raise NotPossible("Write the name of who is to join.")
        if name in direct.present(room, now=now):
            raise NotPossible(f"“{name}” is in the meeting already.")
    if verb == "chat" and not text:
        raise NotPossible("Write what to say in the chat.")
    if verb == "end":
        name = ""
    direct.intervene(
        room, verb, now=now, name=name, text=text, is_host=bool(asked.get("is_host", ""))
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as e:
        raise NotPossible(f"“{text}” is not a number.") from e


# A workspace


@login_not_required
@ensure_csrf_cookie
@require_GET
def workspace(request: HttpRequest, pk: int) -> HttpResponse:
    """A workspace's meetings, webhooks, faults and settings, and the log of its calls."""
    return _workspace_page(request, get_object_or_404(Workspace, pk=pk))


def _workspace_page(
    request: HttpRequest, workspace: Workspace, *, refusal: str = "", at: str = ""
) -> HttpResponse:
    messages: QuerySet[Message] = Message.objects.filter(endpoint__workspace=workspace)
    messages = messages.select_related("endpoint").prefetch_related("attempts")
    typed = request.POST.dict() if at == "settings" else None
    context = {
        "workspace": workspace,
        "meetings": _meetings(workspace, now=timezone.now(), past=LISTED),
        "groups": page_forms.settings_of(workspace, typed),
        "troubles": page_forms.troubles_of(workspace),
        "faults": workspace.faults.filter(remaining__gt=0).order_by("pk"),
        "kinds": KINDS,
        "addresses": workspace.endpoints.order_by("pk"),
        "messages_sent": messages.order_by("-created_at", "-pk")[:LISTED],
        "calls": workspace.calls.order_by("-pk")[:LISTED],
        "refusal": refusal,
        "refused_at": at,
    }
    return _page(request, "workspace", "log", context, status=409 if refusal else 200)


def _set_settings(request: HttpRequest, workspace: Workspace) -> None:
    known = page_forms.read_settings(workspace, request.POST.dict())
    direct.set_up(workspace, settings=known)


def _reset_settings(request: HttpRequest, workspace: Workspace) -> None:
    workspace.settings = {}
    workspace.save(update_fields=["settings"])


def _set_troubles(request: HttpRequest, workspace: Workspace) -> None:
    modes = page_forms.read_troubles(workspace, request.POST.dict())
    direct.trouble_webhooks(workspace, modes)


def _set_addresses(request: HttpRequest, workspace: Workspace) -> None:
    wanted = page_forms.read_addresses(workspace, request.POST.get("addresses", ""))
    direct.set_up(workspace, webhooks=wanted)


def _new_secret(request: HttpRequest, workspace: Workspace) -> None:
    direct.set_up(workspace, secret_list=[direct.new_secret(), *workspace.secrets[:1]])


def _add_fault(request: HttpRequest, workspace: Workspace) -> None:
    direct.add_fault(workspace, page_forms.read_fault(request.POST.dict()))


def _clear_faults(request: HttpRequest, workspace: Workspace) -> None:
    workspace.faults.all().delete()


def _send_again(request: HttpRequest, workspace: Workspace) -> None:
    messages = Message.objects.filter(endpoint__workspace=workspace)
    message = get_object_or_404(messages, pk=request.POST.get("message", ""))
    direct.resend(message, now=timezone.now())


# What is posted to, what it does, and the part of the page that shows the result.
_CHANGES: dict[str, tuple[Callable[[HttpRequest, Workspace], None], str]] = {
    "settings": (_set_settings, "settings"),
    "reset": (_reset_settings, "settings"),
    "troubles": (_set_troubles, "troubles"),
    "addresses": (_set_addresses, "addresses"),
    "secret": (_new_secret, "addresses"),
    "fault": (_add_fault, "faults"),
    "clear-faults": (_clear_faults, "faults"),
    "send-again": (_send_again, "messages"),
}


@login_not_required
@csrf_protect
@require_POST
def change(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Change something about a workspace: see `_CHANGES`."""
    workspace = get_object_or_404(Workspace, pk=pk)
    if what not in _CHANGES:
        return HttpResponse("There is nothing here.", status=404, content_type="text/plain")
    carry_out, part = _CHANGES[what]
    try:
        carry_out(request, workspace)
    except NotPossible as e:
        return _workspace_page(request, workspace, refusal=str(e), at=part)
    return _see_other("sandbox-workspace", pk, part)


def _see_other(name: str, pk: int, part: str = "") -> HttpResponse:
    answer = HttpResponseRedirect(reverse(name, args=[pk]) + (f"#{part}" if part else ""))
    answer.status_code = 303
    return answer


def _page(
    request: HttpRequest, name: str, partial: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The page, or only its moving part where htmx asks for it again."""
    asks = bool(request.headers.get("HX-Request"))
    template = f"sandbox/{name}.html" + (f"#{partial}" if asks else "")
    answer = render(request, template, context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


urls: list[URLPattern] = [
    path("", home, name="sandbox-home"),
    path("rooms/<int:pk>/", room, name="sandbox-room"),
    path("rooms/<int:pk>/act/", act, name="sandbox-act"),
    path("workspaces/<int:pk>/", workspace, name="sandbox-workspace"),
    path("workspaces/<int:pk>/<slug:what>/", change, name="sandbox-change"),
]
