"""The sandbox's pages: meetings to watch and drive, a workspace's settings, troubles and log."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from bots.recall.client import Recall
from bots.sandbox import links, page_forms, pages, scenarios
from bots.sandbox.models import Message, Room, Workspace
from bots.sandbox.options import DEFAULTS, WEBHOOK_MODES

from .conftest import MEET, Inbox, Time

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

STAGE = "https://meet.google.com/you-rsta-gex"
ZOOM = "https://zoom.us/j/81234567890"


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.fixture
def meet(recall: Recall, time: Time) -> Callable[..., Room]:
    """Send a bot to a link and give its room, some seconds later."""

    def send(url: str = MEET, *, after_s: float = 3, **config: Any) -> Room:
        recall.create_bot({"meeting_url": url, **config}, idempotency_key=f"send {url} {config}")
        time.pass_(after_s)
        return Room.objects.get(url=url)

    return send


@pytest.fixture
def do(visitor: Client) -> Callable[..., HttpResponse]:
    """Press a button of a room as a browser without JavaScript does, and give the page after."""

    def press(room: Room, **fields: str) -> Any:
        return visitor.post(f"/sandbox/rooms/{room.pk}/act/", fields, follow=True)

    return press


def text_of(response: Any) -> str:
    return response.content.decode()


def show(visitor: Client, room: Room) -> str:
    return text_of(visitor.get(f"/sandbox/rooms/{room.pk}/"))


def said(response: Any) -> str:
    """The sentence of a refusal, as the page shows it."""
    found = re.search(r'tone-red"[^>]*><svg.*?<span>(.*?)</span>', text_of(response), re.S)
    return found[1] if found else ""


def test_it_lists_workspaces_and_live_meetings_before_past_ones(
    visitor: Client, meet: Callable[..., Room], do: Callable, tick: Callable[[float], list[str]]
) -> None:
    past, live = meet(STAGE), meet(MEET)
    do(past, end="all")
    tick(5)
    page = text_of(visitor.get("/sandbox/"))
    assert "sandbox_us-west-2_mine" in page
    first, second = (page.index(f"/sandbox/rooms/{room.pk}/") for room in (live, past))
    assert first < second
    assert page.count("On now") == 1


def test_it_calls_no_meeting_on_whose_bots_have_gone(
    visitor: Client, recall: Recall, meet: Callable[..., Room], tick: Callable[[float], list[str]]
) -> None:
    room = meet(STAGE)
    recall.leave_call(str(room.bots.get().pk), idempotency_key="leave")
    tick(60)
    page = text_of(visitor.get("/sandbox/"))
    assert f"/sandbox/rooms/{room.pk}/" in page
    assert "On now" not in page


@pytest.mark.parametrize("is_alone", [True, False])
def test_it_leads_to_the_dashboard_where_there_is_one(
    visitor: Client, settings: Settings, is_alone: bool
) -> None:
    settings.SANDBOX_ALONE = is_alone
    page = text_of(visitor.get("/sandbox/"))
    assert ('href="/send?url=https%3A%2F%2Fmeet.google.com%2Fyou-rsta-gex"' in page) is not is_alone


@pytest.mark.parametrize("scenario", scenarios.SCENARIOS, ids=lambda scenario: scenario.name)
def test_it_gives_links_that_lead_to_their_scenario(scenario: scenarios.Scenario) -> None:
    for platform, link in pages.links_of(scenario):
        meeting = links.meeting(link)
        assert meeting.platform == platform
        assert scenarios.named(meeting.meeting_id) == scenario.name


def test_it_shows_who_is_in_the_meeting_and_how_the_bot_is(
    visitor: Client, meet: Callable[..., Room]
) -> None:
    page = show(visitor, meet(ZOOM, after_s=60))
    assert "Recording" in page
    assert "Host · camera on" in page
    assert "on a phone" in page
    assert 'name="kick"' in page


def test_it_admits_a_waiting_bot(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    room = meet(STAGE)
    bot = room.bots.get()
    assert "In the lobby" in show(visitor, room)
    do(room, admit=str(bot.pk))
    time.pass_(2)
    assert "In the call, not recording" in show(visitor, room)


def test_it_removes_a_bot(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    room = meet(ZOOM, after_s=30)
    do(room, kick=str(room.bots.get().pk))
    time.pass_(2)
    page = show(visitor, room)
    assert "call_ended / bot_kicked_from_call" in page or "done / bot_kicked_from_call" in page


def test_it_lets_people_join_talk_chat_share_and_leave(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    room = meet(STAGE)
    do(room, join="", who="Nina Roth", is_host="yes")
    time.pass_(1)
    do(room, notetaker="", who="Otter.ai")
    do(room, share="Nina Roth")
    do(room, talk="", who="Nina Roth", text="Shall we begin the review now")
    do(room, chat="", who="Nina Roth", text="The agenda stands in the notes")
    time.pass_(1.5)
    page = show(visitor, room)
    for piece in ("Notetaker", "Host · camera on", "Speaking", "Sharing", "The agenda stands"):
        assert piece in page
    do(room, leave="Nina Roth")
    time.pass_(1)
    assert "Host · camera on" not in show(visitor, room)


def test_it_keeps_an_empty_stage_open(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    room = meet(STAGE, after_s=600)
    do(room, join="", who="Nina Roth")
    time.pass_(1)
    do(room, leave="Nina Roth")
    time.pass_(150)
    answer = do(room, join="", who="Nina Roth")
    assert said(answer) == ""
    time.pass_(1)
    assert 'value="Nina Roth"' in show(visitor, room)


def test_it_offers_to_allow_recording_only_where_a_host_is_asked(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    open_, room = meet(MEET), meet("https://zoom.us/j/9000000010", after_s=30)  # an absent host
    assert 'name="allow"' not in show(visitor, open_)
    assert 'name="allow"' in show(visitor, room)
    do(room, allow=str(room.bots.get().pk))
    time.pass_(2)
    assert "Recording" in show(visitor, room)


def test_it_runs_faster_and_jumps_ahead(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    room = meet(MEET)
    do(room, seconds="300")
    time.pass_(1)
    do(room, speed="60")
    time.pass_(10)
    page = show(visitor, room)
    shown_s = float(re.search(r'data-runs="([\d.]+)"', page)[1])  # type: ignore[index]
    assert 900 < shown_s < 910
    assert 'data-speed="60"' in page


def test_it_stops_asking_when_the_meeting_is_over_and_the_bot_gone(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    room = meet(MEET, after_s=30)
    assert "every 2s" in show(visitor, room)
    do(room, end="all")
    time.pass_(5)
    page = show(visitor, room)
    assert "call_ended_by_host" in page
    assert "every 2s" not in page
    assert 'name="end"' not in page


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"join": "", "who": " "}, "Write the name of who is to join."),
        ({"chat": "", "who": "Nina", "text": ""}, "Write what to say in the chat."),
        ({"speed": "fast"}, "“fast” is not a number."),
        ({"speed": "nan"}, "The speed is a number between 0.01 and 10000."),
        ({"seconds": "-5"}, "Time only goes forward: “seconds” is a number above 0."),
        ({"join": "x" * 121}, "A name has up to 120 characters, a text up to 2000."),
    ],
)
def test_it_says_what_is_not_possible(
    meet: Callable[..., Room], do: Callable, fields: dict[str, str], sentence: str
) -> None:
    answer = do(meet(), **fields)
    assert answer.status_code == 409
    assert said(answer) == sentence


def test_it_answers_htmx_with_the_room_that_the_page_shows(
    visitor: Client, meet: Callable[..., Room]
) -> None:
    room = meet(MEET, after_s=40)
    piece = text_of(visitor.get(f"/sandbox/rooms/{room.pk}/", HTTP_HX_REQUEST="true"))
    assert piece.strip().startswith('<div class="room" id="room"')
    assert piece.strip() in show(visitor, room)


def test_it_takes_names_and_texts_as_text(
    visitor: Client, meet: Callable[..., Room], do: Callable, time: Time
) -> None:
    room = meet(STAGE, bot_name='"><script>x</script>')
    do(room, join="", who="<img src=x onerror=y>")
    do(room, talk="", who="<img src=x onerror=y>", text="</p><script>z</script>")
    time.pass_(1)
    page = show(visitor, room)
    assert "&lt;img src=x onerror=y&gt;" in page
    assert not re.search(r"<script>|<img", page)


def test_it_refuses_a_post_from_elsewhere(meet: Callable[..., Room]) -> None:
    room = meet()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/sandbox/rooms/{room.pk}/act/", {"end": "all"}).status_code == 403
    where = f"/sandbox/workspaces/{room.workspace_id}/reset/"
    assert strict.post(where).status_code == 403


def test_it_needs_nothing_of_the_dashboard(meet: Callable[..., Room], settings: Settings) -> None:
    room = meet()
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    ]
    alone = Client(enforce_csrf_checks=True)
    for address in ("", f"rooms/{room.pk}/", f"workspaces/{room.workspace_id}/"):
        assert alone.get(f"/sandbox/{address}").status_code == 200
    where = f"/sandbox/rooms/{room.pk}/act/"
    assert alone.post(where, {"end": "all"}).status_code == 403
    token = alone.cookies[settings.CSRF_COOKIE_NAME].value
    answer = alone.post(where, {"end": "all", "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer["Location"]) == (303, f"/sandbox/rooms/{room.pk}/")


def test_it_knows_every_setting() -> None:
    shown = {name for rows in page_forms.SENTENCES.values() for name in rows}
    assert shown | set(page_forms.TROUBLES) == set(DEFAULTS)
    assert set(page_forms.TROUBLES) == set(WEBHOOK_MODES)


def test_it_keeps_only_the_settings_that_were_changed(
    visitor: Client, meet: Callable[..., Room]
) -> None:
    workspace = meet().workspace
    fields = {
        setting.name: ("on" if setting.is_on else "") if setting.kind == "switch" else setting.shown
        for _, settings in page_forms.settings_of(workspace)
        for setting in settings
    }
    changed = {"paused": "cut", "page_size": "2", "limits": '{"bot_create": 5}', "rate_limits": ""}
    answer = visitor.post(f"/sandbox/workspaces/{workspace.pk}/settings/", fields | changed)
    assert answer.status_code == 303
    kept = Workspace.objects.get().settings
    assert kept == {
        "paused": "cut",
        "page_size": 2,
        "limits": {"bot_create": 5},
        "rate_limits": False,
    }
    wrong = visitor.post(f"/sandbox/workspaces/{workspace.pk}/settings/", {"page_size": "many"})
    assert said(wrong) == "“page_size” takes a whole number. Nothing was changed."
    visitor.post(f"/sandbox/workspaces/{workspace.pk}/reset/")
    assert Workspace.objects.get().settings == {}


def test_it_troubles_webhooks_and_adds_and_clears_faults(
    visitor: Client, meet: Callable[..., Room]
) -> None:
    workspace = meet().workspace
    where = f"/sandbox/workspaces/{workspace.pk}"
    visitor.post(f"{where}/troubles/", {"delay_s": "2.5", "shuffle_s": "0", "drop": "0.5"})
    assert Workspace.objects.get().settings == {"delay_s": 2.5, "drop": 0.5}
    visitor.post(f"{where}/fault/", {"kind": "status", "status": "507", "path": "bot/$"})
    fault = workspace.faults.get()
    assert (fault.kind, fault.path, fault.options) == ("status", "bot/$", {"status": 507})
    assert said(visitor.post(f"{where}/fault/", {"kind": "html", "path": "("})).startswith("“(”")
    visitor.post(f"{where}/clear-faults/")
    assert not workspace.faults.exists()


def test_it_shows_webhooks_and_calls_and_sends_one_again(
    visitor: Client, meet: Callable[..., Room], tick: Callable[[float], list[str]]
) -> None:
    workspace = meet(MEET, after_s=0).workspace
    where = f"/sandbox/workspaces/{workspace.pk}"
    visitor.post(f"{where}/addresses/", {"addresses": "http://testserver/hook/"})
    assert tick(1) == ["bot.joining_call"]
    page = text_of(visitor.get(f"{where}/"))
    assert "bot.joining_call" in page
    assert "Delivered" in page
    assert "POST /sandbox/us-west-2/api/v1/bot/" in page
    assert f"send {MEET} {{}}" in page
    message = Message.objects.get(event="bot.joining_call")
    assert visitor.post(f"{where}/send-again/", {"message": message.pk}).status_code == 303
    assert "bot.joining_call" in tick(0)


def test_it_sends_nothing_of_another_workspace_again(
    visitor: Client, meet: Callable[..., Room]
) -> None:
    where = f"/sandbox/workspaces/{meet().workspace_id}"
    assert visitor.post(f"{where}/send-again/", {"message": "msg_0"}).status_code == 404
    assert visitor.post(f"{where}/unheard-of/").status_code == 404


def test_a_meeting_shows_its_real_time_endpoints_and_keeps_their_tokens(
    visitor: Client, meet: Callable[..., Room], inbox: Inbox, tick: Callable[[float], list[str]]
) -> None:
    events = ["participant_events.join", "participant_events.speech_on"]
    hook = {"type": "webhook", "url": "https://ears.example/t0ken/?t=s3cret", "events": events}
    socket = {"type": "websocket", "url": "wss://socket.example/x", "events": events}
    room = meet(recording_config={"realtime_endpoints": [hook, socket]}, after_s=0)
    tick(40)
    shown = show(visitor, room)
    assert "ears.example" in shown
    assert not re.search("t0ken|s3cret", shown)
    assert re.search(r"(\d+) sent in \1 attempts", shown)
    assert "websocket to <code>socket.example</code>" in shown
    assert "not delivered by the sandbox" in shown
    inbox.answers = [500] * 99
    tick(60)
    assert "failed 1 time in a row: It answered 500." in show(visitor, room)
