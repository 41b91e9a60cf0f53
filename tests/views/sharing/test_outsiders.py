"""What outsiders see by a link: one recording or a moment of it, and nothing else of ours."""

import logging
import re

import httpx
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from bots import conf, shares
from bots.models import (
    AuditEvent,
    Call,
    Clip,
    PolicyVersion,
    Share,
)
from bots.views import served
from recalldash.logs import WithoutTokensInArguments, mask
from tests.hostile.test_headers import has_headers, is_strict
from tests.views.sharing.conftest import FILM, LINK, text
from tests.world import make_bot

pytestmark = pytest.mark.django_db
PLAYER = {"Sec-Fetch-Dest": "video"}


def with_clip(share):
    """As if its clip had been cut."""
    conf.clips_dir().mkdir(exist_ok=True)
    share.clip.path.write_bytes(FILM)
    Clip.objects.filter(share=share).update(state="ready", due_at=None)


MOMENT = {"start_s": 10.0, "end_s": 20.0}


def test_it_shows_that_recording_and_nothing_else_of_the_workspace(outsider, make, recording):
    make_bot(recording.workspace, title="Another meeting")
    _, url = make(shows_names=True)
    page = text(outsider.get(url))
    for words in ("Weekly &lt;b&gt;review", "10:00", "Before all that", "Ann Secretive", "Bo"):
        assert words in page
    for words in ("Private label", "Acme", "bob", "Sales", "Another meeting", "/w/", "<form",
                  "sign in", "Settings"):  # fmt: skip
        assert words not in page


def test_without_names_nobody_is_named(outsider, make):
    page = text(outsider.get(make()[1]))
    assert "Ann" not in page
    assert page.index("Speaker 1") < page.index("Speaker 2") < page.rindex("Speaker 1")


def test_of_a_moment_only_the_moment_is_there(outsider, make):
    share, url = make(**MOMENT)
    page = text(outsider.get(url))
    assert "In the &lt;i&gt;middle" in page
    assert "Before all that" not in page
    assert "Afterwards" not in page
    assert "still being prepared" in page
    assert "<video" not in page
    with_clip(share)
    page = text(outsider.get(url))
    assert "<video" in page
    assert 'data-start="1.0"' in page, "seconds of the clip"


def test_what_the_maker_left_out_is_not_there(outsider, make):
    _, words_alone = make(shows_film=False)
    page = text(outsider.get(words_alone))
    assert "<video" not in page
    assert outsider.get(f"{words_alone}film/").status_code == 404
    _, film_alone = make(shows_words=False)
    assert "Before all that" not in text(outsider.get(film_alone))


@pytest.mark.parametrize("path", ["", "film/"])
def test_it_is_told_to_nobody_and_kept_by_nobody(outsider, make, path):
    share, url = make(**MOMENT)
    with_clip(share)
    for address in (url + path, f"/s/{'x' * 43}/{path}"):
        for method in ("GET", "HEAD", "POST"):
            answer = outsider.generic(method, address)
            has_headers(answer)
            is_strict(answer["Content-Security-Policy"])
            assert answer["Referrer-Policy"] == "no-referrer"
            assert "noindex" in answer["X-Robots-Tag"]
            assert "no-store" in answer["Cache-Control"]
            assert not answer.cookies
    assert outsider.post(url + path).status_code == 405


def closed(answer):
    return answer.status_code, re.search(r"muted\">(.*?)</p>", text(answer))[1]


@pytest.mark.parametrize("path", ["", "film/"])
def test_each_way_in_which_it_closes(outsider, make, recording, team, bob, alice, path):
    def after(change):
        share, url = make()
        cache.clear()
        assert outsider.get(url + path).status_code in (200, 302)
        change(share)
        return closed(outsider.get(url + path))

    now = timezone.now()
    assert after(lambda s: shares.revoke(bob.memberships.get(), s, now=now)) == (
        410, "Whoever shared it has taken it back.",
    )  # fmt: skip
    assert after(lambda s: Share.objects.filter(pk=s.pk).update(expires_at=now)) == (
        410, "Its time is over.",
    )  # fmt: skip
    assert after(lambda s: shares.forget(recording, now=now)) == (410, "The recording was deleted.")
    unknown = (404, "It is not complete, or there is nothing behind it (any more).")
    assert after(lambda s: s.delete()) == unknown
    switch = PolicyVersion.objects.save_team
    assert after(lambda s: switch(team, {}, by=None, now=now)) == (
        410, "The team that recorded this shows nothing by links any more.",
    )  # fmt: skip


HOSTILE = [
    "x" * 43, "x" * 42, "x" * 44, "x" * 5000, "%00" * 14 + "x", "é" * 43,
    "' OR 1=1 --", "nobody", "٣" * 43,
]  # fmt: skip


@pytest.mark.parametrize("token", HOSTILE)
def test_what_was_never_a_link_is_one_and_the_same(outsider, make, token):
    make()
    answer = outsider.get(f"/s/{token}/")
    assert answer.status_code == 404
    assert answer.content == outsider.get(f"/s/{'y' * 43}/").content
    assert outsider.get(f"/s/{token}/film/").status_code == 404


def test_a_part_of_a_token_opens_nothing(outsider, make):
    share, url = make()
    for wrong in (url[:-2] + "/", url.swapcase(), f"/s/{share.digest}/", f"/s/{share.prefix}/"):
        assert outsider.get(wrong).status_code == 404


def test_guessing_is_slowed_by_network_and_nobody_elsewhere_notices(outsider, make):
    _, url = make()
    for n in range(30):
        assert outsider.get(f"/s/{n:043}/").status_code == 404
    assert outsider.get(f"/s/{'z' * 43}/").status_code == 429
    assert outsider.get(url).status_code == 429, "a guess that hits is not told"
    assert Client(REMOTE_ADDR="203.0.113.7").get(url).status_code == 200


def test_the_token_is_in_no_log_and_no_row(outsider, make):
    share, url = make()
    token = url.split("/")[2]
    outsider.get(url)
    outsider.get(f"{url}film/")
    rows = [*AuditEvent.objects.values(), *Share.objects.values(), *Call.objects.values()]
    assert token not in str(rows)
    for line in (f'"GET {url} HTTP/1.1" 200', f"Referer: https://x.example{url}film/?download",
                 f"/login/?next=%2Fs%2F{token}%2F"):  # fmt: skip
        assert token not in mask(line)
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d',
        ("127.0.0.1:1", "GET", f"{url}film/", "1.1", 200), None,
    )  # fmt: skip
    assert WithoutTokensInArguments().filter(record)
    assert len(record.args) == 5, "uvicorn's formatter wants every one"
    assert token not in record.getMessage()
    assert "/film/" in record.getMessage()


def test_no_page_of_ours_shows_the_token_again(make, as_bob, alice, recording):
    token = make()[1].split("/")[2]
    browser = Client()
    browser.force_login(alice)
    for path in (f"recordings/{recording.pk}/", f"recordings/{recording.pk}/share/", "shares/",
                 "audit/"):  # fmt: skip
        page = text(browser.get(f"/w/acme/{path}"))
        assert "Private label" in page
        assert token not in page


def test_openings_count_once_an_hour_for_each_visitor(outsider, make):
    share, url = make()
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    for browser in (outsider, outsider, elsewhere, outsider, elsewhere):
        assert browser.get(url).status_code == 200
    outsider.head(url)
    share.refresh_from_db()
    assert share.openings == 2
    told = AuditEvent.objects.filter(verb="share.opened")
    assert told.count() == 2
    assert "203.0.113.7" not in str(list(told.values()))


def test_a_download_stands_in_the_audit_log_and_playing_does_not(outsider, make):
    share, url = make(**MOMENT)
    with_clip(share)
    outsider.get(f"{url}film/", headers=PLAYER)
    assert not AuditEvent.objects.filter(verb="share.downloaded").exists()
    answer = outsider.get(f"{url}film/?download")
    assert answer["Content-Disposition"].startswith('attachment; filename="Weekly')
    assert b"".join(answer) == FILM
    outsider.get(f"{url}film/?download")
    assert AuditEvent.objects.filter(verb="share.downloaded").count() == 1


def test_of_a_whole_recording_the_film_comes_by_recalls_fresh_link(outsider, make):
    _, url = make()
    page = text(outsider.get(url))
    assert 'preload="none"' in page
    assert not Call.objects.exists(), "nothing is asked of Recall before somebody plays it"
    answer = outsider.get(f"{url}film/", headers=PLAYER)
    assert (answer.status_code, answer["Location"]) == (302, LINK)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert Call.objects.get().lane == "sync"
    assert "planted" not in page


def test_recall_that_does_not_answer_breaks_nothing(outsider, make, monkeypatch):
    _, url = make()
    down = httpx.MockTransport(lambda request: httpx.Response(401, json={}))
    monkeypatch.setattr(conf, "transport", lambda: down)
    answer = outsider.get(f"{url}film/", headers=PLAYER)
    assert (answer.status_code, text(answer)) == (502, "There is no film here (any more).")


RANGES = [
    (None, 200, (0, len(FILM))),
    ("bytes=0-99", 206, (0, 100)),
    ("bytes=100-", 206, (100, len(FILM))),
    ("bytes=-50", 206, (len(FILM) - 50, len(FILM))),
    (f"bytes=10000-{10**9}", 206, (10000, len(FILM))),
    (f"bytes={len(FILM)}-", 416, None),
    ("bytes=-0", 416, None),
    ("bytes=9-1", 200, (0, len(FILM))),
    ("bytes=0-1,5-6", 200, (0, len(FILM))),
    ("bytes=a-b", 200, (0, len(FILM))),
    ("lines=0-1", 200, (0, len(FILM))),
    ("bytes=" + "9" * 40 + "-", 200, (0, len(FILM))),
]


@pytest.mark.parametrize(("asked", "status", "part"), RANGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_clip_comes_in_the_pieces_that_were_asked_for(
    outsider, make, method, asked, status, part
):
    share, url = make(**MOMENT)
    with_clip(share)
    told = {**PLAYER, **({"Range": asked} if asked else {})}
    answer = outsider.generic(method, f"{url}film/", headers=told)
    assert answer.status_code == status
    if part is None:
        assert answer["Content-Range"] == f"bytes */{len(FILM)}"
        return
    start, end = part
    assert answer["Content-Length"] == str(end - start)
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Accept-Ranges"] == "bytes"
    if status == 206:
        assert answer["Content-Range"] == f"bytes {start}-{end - 1}/{len(FILM)}"
    body = b"".join(answer) if answer.streaming else answer.content
    assert body == (FILM[start:end] if method == "GET" else b"")


def test_a_piece_of_another_file_is_not_put_to_this_one(outsider, make):
    share, url = make(**MOMENT)
    with_clip(share)
    etag = outsider.head(f"{url}film/")["ETag"]
    for known, status in ((etag, 206), ('"another"', 200)):
        told = {"Range": "bytes=5-", "If-Range": known}
        assert outsider.get(f"{url}film/", headers=told).status_code == status


def test_a_slow_player_holds_nobody_up(outsider, make, monkeypatch):
    monkeypatch.setattr("bots.views.served._PLAYED_BYTES", 1000)
    share, url = make(**MOMENT)
    with_clip(share)
    answer = outsider.get(f"{url}film/", headers={**PLAYER, "Range": "bytes=0-"})
    assert answer["Content-Range"] == f"bytes 0-999/{len(FILM)}"


def test_a_clip_that_is_gone_is_no_error(outsider, make):
    share, url = make(**MOMENT)
    with_clip(share)
    share.clip.path.unlink()
    assert outsider.get(f"{url}film/").status_code == 404


def test_slow_outsiders_hold_up_no_member(outsider, make, monkeypatch):
    monkeypatch.setattr(served, "_PLAYED_BYTES", 1000)
    share, url = make(**MOMENT)
    with_clip(share)
    slow = [outsider.get(f"{url}film/") for _ in range(3)]  # nobody reads on
    assert [answer.status_code for answer in slow] == [200, 200, 503]
    assert all(served.FOR_MEMBERS.acquire(blocking=False) for _ in range(3))
    for _ in range(3):
        served.FOR_MEMBERS.release()
    # Each gives its place back.
    assert [b"".join(answer.streaming_content) for answer in slow[:2]] == [FILM] * 2
    assert b"".join(outsider.get(f"{url}film/").streaming_content) == FILM
