"""The page of webhooks: found by what they are, opened to their body, replayed."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots.models import AuditEvent, Bot, Delivery, Role
from tests.views.conftest import browser_of
from tests.world import make_bot, make_workspace, receive, signed, status_event

pytestmark = pytest.mark.django_db
URL = "/w/acme/deliveries/"


@pytest.fixture
def bot(workspace):
    return make_bot(workspace, created_at=timezone.now())


@pytest.fixture
def came(workspace, bot):
    """Receive a webhook as Recall sends it; `broken` makes observing fail."""

    def come(code="joining_call", *, bot=bot, body=None, ago=timedelta(0), monkeypatch=None):
        when = timezone.now() - ago
        body = body or status_event(bot, code, when)
        if monkeypatch is None:
            return receive(workspace, signed(body, when=when), body, now=when)
        with monkeypatch.context() as broken:
            broken.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)
            return receive(workspace, signed(body, when=when), body, now=when)

    return come


def listed(browser, **query):
    text = browser.get(URL, query).content.decode()
    return [int(pk) for pk in re.findall(r'id="delivery-(\d+)"', text)]


def one(delivery, name="deliveries_one"):
    return reverse(name, args=["acme", delivery.pk])


def test_it_lists_the_newest_first(as_alice, came):
    old, new = came(ago=timedelta(hours=1)), came("in_waiting_room")
    assert listed(as_alice) == [new.pk, old.pk]
    text = as_alice.get(URL).content.decode()
    assert "bot.in_waiting_room" in text
    assert "Weekly review" in text


def test_it_says_what_will_be_here(as_alice):
    assert "No webhook has come yet" in as_alice.get(URL).content.decode()


def test_it_is_narrowed_by_result_event_bot_text_and_day(as_alice, came, bot, workspace, mp):
    other = make_bot(workspace, title="Board meeting", created_at=timezone.now())
    day = timedelta(days=3)
    first = came("joining_call", ago=day)
    second = came("done", bot=other, monkeypatch=mp)
    third = came(body=b"{")
    assert listed(as_alice, state="failed") == [second.pk]
    assert listed(as_alice, state="unfinished") == [second.pk]
    assert listed(as_alice, state="unreadable") == [third.pk]
    assert listed(as_alice, event="bot.jo") == [first.pk]
    assert listed(as_alice, bot=bot.pk) == [first.pk]
    assert listed(as_alice, q="board") == [second.pk]
    assert listed(as_alice, q="weekly") == [first.pk]
    assert listed(as_alice, q=second.message_id) == [second.pk]
    assert listed(as_alice, q=str(bot.recall_id)) == [first.pk]
    today = timezone.now().date()
    assert listed(as_alice, until=(today - timedelta(days=1)).isoformat()) == [first.pk]
    assert listed(as_alice, since=(today + timedelta(days=1)).isoformat()) == []


@pytest.fixture
def mp(monkeypatch):
    return monkeypatch


@pytest.mark.parametrize(
    "query",
    [{"state": "x"}, {"bot": "x"}, {"bot": "-1"}, {"bot": "9" * 40}, {"since": "x"}, {"q": "\0"}],
)
def test_what_is_senseless_narrows_nothing(as_alice, came, query):
    delivery = came()
    assert listed(as_alice, **query) == [delivery.pk]


def test_its_pages_hold_all_once(as_alice, workspace):
    now = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(
            workspace=workspace,
            message_id=f"msg_{n}",
            event="bot.done",
            body=b"{}",
            # Several of one moment, at the edge of a page, too.
            received_at=now - timedelta(seconds=n // 7),
            state="kept",
        )
        for n in range(120)
    )
    seen, after = [], ""
    while True:
        response = as_alice.get(URL, {"after": after, "state": "kept"})
        text = response.content.decode()
        seen += re.findall(r'id="delivery-(\d+)"', text)
        further = re.search(r'after=([^"&]+)"', text)
        if not further:
            break
        after = further[1].replace("%3A", ":")
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("place", ["x", "1:2:3", "\0"])
def test_it_refuses_a_place_that_was_made_up(as_alice, place):
    response = as_alice.get(URL, {"after": place})
    assert response.status_code == 400
    assert "This address was changed" in response.content.decode()


def test_a_place_of_another_log_is_none_here(as_alice, workspace):
    from django.core import signing

    other = signing.dumps([timezone.now().isoformat(), 1], salt="paging.Call")
    assert as_alice.get(URL, {"after": other}).status_code == 400


def test_it_opens_to_the_body_the_result_and_the_error(as_alice, came, mp):
    delivery = came("done", monkeypatch=mp)
    page = as_alice.get(one(delivery)).content.decode()
    assert "&quot;event&quot;: &quot;bot.done&quot;" in page
    assert "ZeroDivisionError" in page
    piece = as_alice.get(one(delivery), headers={"HX-Request": "true"}).content.decode()
    assert piece.partition("<form")[0].strip() in page
    assert "<html" not in piece


HOSTILE = {
    "script": json.dumps({"event": "x", "data": "</pre><script>alert(1)</script>"}).encode(),
    "not json": b"<img src=x onerror=alert(1)>",
    "too deep": b"[" * 100_000,
    "bytes": b"\xff\x00\xfe",
    "turned around": json.dumps({"event": "x", "data": "\u202egnp.exe\u2069\x00"}).encode(),
    "half a character": b'{"event": "x", "data": "\\ud800"}',
    "nothing": b"",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_body_harms_the_page(as_alice, came, body):
    delivery = came(body=body)
    response = as_alice.get(one(delivery))
    text = response.content.decode()
    assert response.status_code == 200
    for harm in ("<script>alert", "<img src=x", "\u202e", "\x00"):
        assert harm not in text


def test_it_replays_and_notes_who_did(as_alice, alice, came, bot, mp):
    delivery = came("done", monkeypatch=mp)
    answer = as_alice.post(one(delivery, "deliveries_replay"), follow=True)
    delivery.refresh_from_db()
    bot.refresh_from_db()
    assert (delivery.state, bot.code) == ("observed", "done")
    assert "Replayed: observed." in answer.content.decode()
    deed = AuditEvent.objects.get(verb="delivery.replayed")
    assert (deed.by, deed.target_id, deed.detail) == (alice, delivery.pk, {"result": "observed"})


def test_a_replay_of_what_is_known_changes_nothing(as_alice, came, bot):
    delivery = came("joining_call")
    as_alice.post(one(delivery, "deliveries_replay"))
    assert bot.status_changes.count() == 1


def test_a_replay_that_fails_again_says_so(as_alice, came, mp):
    delivery = came("done", monkeypatch=mp)
    mp.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)
    answer = as_alice.post(one(delivery, "deliveries_replay"), follow=True)
    assert "failed again: ZeroDivisionError" in answer.content.decode()


@pytest.mark.parametrize("role", Role)
def test_it_is_for_those_who_watch(member, workspace, came, role):
    delivery = came()
    browser = browser_of(member("dora", role, workspace))
    may = role in (Role.OWNER, Role.ADMIN)
    assert browser.get(URL).status_code == (200 if may else 403)
    assert browser.get(one(delivery)).status_code == (200 if may else 403)
    assert browser.post(one(delivery, "deliveries_replay")).status_code == (302 if may else 403)


def test_a_delivery_of_another_workspace_is_not_there(as_alice, came):
    rival = make_workspace("rival")
    body = status_event(make_bot(rival), "done", timezone.now())
    theirs = receive(rival, signed(body, when=timezone.now()), body, now=timezone.now())
    assert as_alice.get(one(theirs)).status_code == 404
    assert as_alice.post(one(theirs, "deliveries_replay")).status_code == 404
    assert listed(as_alice) == []


def test_it_asks_the_database_little(as_alice, came, django_assert_max_num_queries):
    for n in range(12):
        came("joining_call", ago=timedelta(seconds=n))
    as_alice.get(URL)
    with django_assert_max_num_queries(9) as asked:
        as_alice.get(URL)
    assert not [q for q in asked.captured_queries if '"bots_delivery"."body"' in q["sql"]]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_no_day_of_the_calendar_is_too_strange(as_alice, came, day):
    came("joining_call")
    for zone in ("Asia/Tokyo", "America/New_York"):
        said = {"since": day, "until": day, "tz": zone}
        assert as_alice.get("/w/acme/deliveries/", said).status_code == 200
