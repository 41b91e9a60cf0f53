"""Hostile words stay words: on every page, in Django admin, in every file, for every reader."""

import csv
import io
import json
import re
import unicodedata

import httpx
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from bots import conf, frames, live
from bots.models import Bot
from tests.hostile.inert import faults
from tests.hostile.payloads import MARK, PAYLOADS
from tests.hostile.poison import poison
from tests.hostile.walk import addresses
from tests.world import NOW

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])
PARTIAL = {"HX-Request": "true"}
KINDS = {
    "",
    "application/javascript",
    "application/json",
    "application/jsonl",
    "application/x-subrip",
    "application/xml",
    "image/jpeg",
    "image/png",
    "text/csv",
    "text/javascript",
    "text/plain",
    "text/vtt",
}
# What a page says of a route that needs a POST, or signs us out.
NOT_WALKED = {"logout", "account_logout"}


@pytest.fixture(autouse=True)
def recall(monkeypatch):
    """Recall's own answers are hostile, too."""

    def answer(request):
        told = {"detail": PAYLOADS[0], "code": PAYLOADS[0], "meeting_url": [PAYLOADS[6]]}
        return httpx.Response(400, json=told)

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))


@pytest.fixture
def root(workspace, django_user_model):
    user = django_user_model.objects.create_superuser("root", "root@example.com", "a long secret")
    user.memberships.create(workspace=workspace, role="owner").teams.add(workspace.default_team)
    return user


def test_the_list_is_long():
    assert len(set(PAYLOADS)) >= 50


def test_the_crawl_sees_what_would_be_wrong():
    """Each payload as it would be without escaping, in the text or in an attribute."""
    seen = [
        bool(faults(f"<p>{each}</p>") or faults(f'<p title="{each}">') or
             faults(f"<a href={each}>") or faults(f"<p title='{each}'>"))
        for each in PAYLOADS
    ]  # fmt: skip
    assert sum(seen) >= 30


def check(response, path):
    """What this answer must not do, whatever kind it is. True for a page."""
    assert response.status_code < 500 or path in ("/healthz",), path
    for name, value in response.headers.items():
        assert "\n" not in value, (path, name)
        assert "\r" not in value, (path, name)
        assert name.lower() != "set-cookie" or MARK not in value
    assert response["X-Content-Type-Options"] == "nosniff"
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if kind == "text/html":
        page = response.content.decode()
        assert faults(page) == [], path
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page), path
        if settings.SECRET_KEY:
            assert settings.SECRET_KEY not in page
        return True
    assert kind in KINDS, (kind, path)
    return False


# Two at a time fit into most fields; the pages of Django admin show every field whole.
PAIRS = [" ".join(PAYLOADS[n : n + 2]) for n in range(0, len(PAYLOADS), 2)]


def crawl(browser, things, *, admin):
    """(pages, how many of them showed the words)"""
    pages = showing = 0
    for each in addresses(things):
        if each.name in NOT_WALKED or each.path.startswith(("/sandbox/us", "/admin/jsi18n")):
            continue
        if each.path.startswith("/admin/") is not admin:
            continue
        response = browser.get(each.path)
        if check(response, each.path):
            pages += 1
            showing += MARK in response.content.decode()
    return pages, showing


@pytest.mark.parametrize("part", range(4))
def test_no_page_runs_what_it_shows(root, workspace, part):
    browser = Client(raise_request_exception=False)
    for text in PAIRS[part::4]:
        things = poison(workspace, root, text)
        browser.force_login(root)
        pages, showing = crawl(browser, things, admin=False)
        assert pages > 40
        assert showing > 12, "the words are shown nowhere: nothing is proven"
        Bot.objects.all().delete()
        workspace.invitations.all().delete()


def test_no_page_of_django_admin_does(root, workspace):
    for text in (" ".join(PAYLOADS[:-1]), PAYLOADS[6], PAYLOADS[17]):
        browser = Client(raise_request_exception=False)
        things = poison(workspace, root, text)
        browser.force_login(root)
        pages, showing = crawl(browser, things, admin=True)
        assert pages > 30
        assert showing > 10
        Bot.objects.all().delete()
        workspace.invitations.all().delete()


@pytest.mark.parametrize("text", [PAYLOADS[6], PAYLOADS[21], PAYLOADS[39], PAYLOADS[43]])
def test_no_piece_of_a_page_does(root, workspace, text):
    """As htmx asks for them."""
    browser = Client(raise_request_exception=False, headers=PARTIAL)
    things = poison(workspace, root, text)
    browser.force_login(root)
    pages, showing = crawl(browser, things, admin=False)
    assert pages > 40
    assert showing > 8


@pytest.mark.parametrize("text", PAYLOADS[1::6])
def test_what_is_typed_is_given_back_as_words(root, text, workspace):
    """Forms with their errors, filters, dead ends."""
    browser = Client(raise_request_exception=False)
    browser.force_login(root)
    text = text.replace("\0", "")
    things = poison(workspace, root, "Plain")
    for path in ("/w/acme/", "/w/acme/send/", "/w/acme/recognise/", "/w/acme/audit/", "/login/",
                 "/w/acme/deliveries/", "/w/acme/calls/"):  # fmt: skip
        words = ("q", "url", "meeting_url", "phase", "platform", "after", "next", "team", "verb",
                 "by", "state", "event", "from", "until")  # fmt: skip
        check(browser.get(path, dict.fromkeys(words, text)), path)
    for each in addresses(things):
        if each.path.startswith("/w/") and "/logout" not in each.path:
            fields = ("name", "title", "meeting_url", "note", "email", "message", "secret", "names",
                      "add", "bot_name", "role", "region", "token", "add_name")  # fmt: skip
            check(browser.post(each.path, dict.fromkeys(fields, text)), each.path)


# Files.


def is_formula(cell):
    plain = unicodedata.normalize("NFKC", cell.lstrip(" '\"")) if not cell.startswith("'") else ""
    return plain[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")


def test_no_cell_of_any_export_is_a_formula(root, workspace):
    browser = Client()
    files = 0
    for text in PAYLOADS[44:]:
        things = poison(workspace, root, text)
        browser.force_login(root)
        for each in addresses(things | {"ending": "csv"}):
            if not each.path.endswith(".csv"):
                continue
            response = browser.get(each.path)
            if response.status_code == 405:
                response = browser.post(each.path)  # an export that stands in the audit log
            if response.status_code != 200:
                continue
            body = b"".join(response) if response.streaming else response.content
            files += 1
            for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))):
                assert not [cell for cell in row if is_formula(cell)], text
        Bot.objects.all().delete()
    assert files >= len(PAYLOADS[44:])


@pytest.mark.parametrize("text", PAYLOADS)
def test_every_file_keeps_its_shape(root, workspace, text):
    """A line of hostile words is no cue, no other file and no header."""
    things = poison(workspace, root, text)
    browser = Client()
    browser.force_login(root)

    def file(what, ending):
        url = reverse("kept_file", args=["acme", things["recordings"], what, ending])
        response = browser.get(url)
        check(response, url)
        name = response["Content-Disposition"]
        assert name.isascii()
        assert name.startswith("attachment; filename")
        assert not re.search(r"[\x00-\x1f\x7f]", name)
        assert not re.search("%E2%80%A[A-E]|%E2%81%A[6-9]|%E2%80%8B", name, re.I)
        assert name.rstrip('"').endswith(f".{ending}")
        return response.content.decode()

    for what in ("transcript", "participants", "events"):
        json.loads(file(what, "json"))
    vtt, srt = file("transcript", "vtt"), file("transcript", "srt")
    # What is long is told in several captions, each with its number and its times, and no other.
    numbers = re.findall(r"(?m)^(\d+)\n[\d:,]+ --> [\d:,]+\n", srt)
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]
    assert srt.count("-->") == len(numbers) >= 2
    assert vtt.count("-->") == len(re.findall(r"(?m)^[\d:.]+ --> [\d:.]+$", vtt)) == 2
    assert "<script" not in vtt.lower()
    file("transcript", "txt")


@pytest.mark.django_db(transaction=True, databases=["default", "sandbox"])
def test_a_stream_tells_numbers_and_words_of_ours_only(workspace, root):
    """What changed, never how it is called: no name can split a frame, or come into a page."""
    poison(workspace, root, PAYLOADS[39])
    bot = Bot.objects.get()
    bot.tell(NOW)
    news = live.rows_after(live.Cursor(), workspace_id=workspace.pk, limit=100)
    assert any(each.bot_id for each in news)
    plain = "".join(frames.change(each) for each in news)
    assert MARK not in plain
    number = r'id: [\w.:-]+\nevent: change\ndata: \{"bot": (?:\d+|null)'
    assert re.fullmatch(rf"(?:{number}\}}\n\n)+", plain)
    standings = frames.standings([bot.pk])
    shown = frames.change(news[-1], standings[news[-1].bot_id], viewers=1000)
    assert MARK not in shown
    assert re.fullmatch(
        rf'{number}, "mark": "<span class=[^\n]+</span>", "since": "[\d:.T+-]+", '
        r'"within_ms": \d+\}\n\n',
        shown,
    )


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ud800x", "\udfff"])
def test_no_form_carries_what_no_database_takes(root, workspace, text):
    """NUL and halves of characters, as bytes of a form, of an address and of a header."""
    browser = Client(raise_request_exception=False)
    things = poison(workspace, root, "Plain")
    browser.force_login(root)
    raw = text.encode("utf-8", "surrogatepass").hex("%").upper()
    raw = "%" + raw
    for each in addresses(things):
        if each.path.startswith(("/sandbox/us", "/admin/")) or each.name in NOT_WALKED:
            continue
        fields = "name title meeting_url url q note email message secret login password team after "
        fields += "names add bot_name role region token verb by state event from"
        words = "&".join(f"{field}={raw}" for field in fields.split())
        assert browser.get(f"{each.path}?{words}").status_code < 500 or each.path == "/healthz"
        kind = "application/x-www-form-urlencoded"
        answer = browser.generic("POST", each.path, words, content_type=kind)
        assert answer.status_code < 500 or each.path == "/healthz", each.path
    for path in ("/w/a%00b/", "/webhooks/recall/a%00b/", "/invitation/%00/", "/w/acme/%00"):
        assert browser.get(path).status_code in (404, 405)
