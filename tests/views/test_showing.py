"""The panel of what a bot shows: forms by its choice, what is off and why, what is shown now."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from bots import tasks
from bots.lifecycle import Action
from bots.models import Order, Picture, PolicyVersion, Sound
from tests.test_pictures import jpeg
from tests.test_sounds import frames

HTMX = {"HX-Request": "true", "HX-Target": "div#panel"}
URL = "https://example.com/board?token=secret"
PAGE = {"token": "t", "place": "screen", "url": URL}


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch):
    monkeypatch.setattr(tasks, "wake_order", lambda order: None)


@pytest.fixture
def sent_for(a_bot, team):
    """A bot in its call that was sent with that choice."""

    def make(shows, *codes, **fields):
        version = PolicyVersion.objects.save_team(
            team, {"shows": shows}, by=None, now=timezone.now()
        )
        return a_bot(
            *(codes or ("in_call_recording",)), policy=version, request={"bot_name": "x"}, **fields
        )

    return make


def page_of(client, bot):
    return client.get(reverse("bot", args=["acme", bot.pk])).content.decode()


def url_of(bot, verb="show"):
    return reverse(verb, args=["acme", bot.pk])


def done(bot, action, body):
    now = timezone.now()
    return bot.orders.create(
        action=action, body=body, state="confirmed", created_at=now, due_at=now, expires_at=now
    )


def test_it_is_there_while_the_bot_is_in_the_call(as_bob, as_vera, sent_for):
    bot = sent_for("pages")
    assert url_of(bot) in page_of(as_bob, bot)
    assert url_of(bot) not in page_of(as_vera, bot), "she looks on"
    for codes in (["in_waiting_room"], ["in_call_recording", "call_ended", "done"]):
        assert 'id="showing-title"' not in page_of(as_bob, sent_for("pages", *codes))


def test_it_offers_what_the_bot_was_sent_for_and_says_why_the_rest_is_off(as_bob, sent_for):
    pages = page_of(as_bob, sent_for("pages"))
    assert ('name="url"' in pages, 'name="picture"' in pages, 'name="sound"' in pages) == (
        True, False, False,
    )  # fmt: skip
    assert "Pictures and sounds are off: this bot was sent to show web pages" in pages
    pictures = page_of(as_bob, sent_for("pictures"))
    assert 'name="picture"' in pictures
    assert 'name="sound"' not in pictures
    assert pictures.count("Web pages and sounds are off: this bot was sent to show pictures") == 1
    sounds = page_of(as_bob, sent_for("sounds"))
    assert ('name="picture"' in sounds, 'name="sound"' in sounds) == (True, True)


def test_a_platform_that_can_show_nothing_says_so_once(as_bob, sent_for):
    said = page_of(as_bob, sent_for("pages", platform="goto_meeting"))
    assert said.count("show or play anything in GoTo Meeting.") == 1
    assert 'name="url"' not in said


def test_a_page_is_one_order_and_the_next_field_is_empty(as_bob, bob, sent_for):
    bot = sent_for("pages")
    for _ in range(2):
        answer = as_bob.post(url_of(bot), PAGE, headers=HTMX)
    order = Order.objects.get()
    assert (order.action, order.by) == ("show", bob)
    assert order.body == {"place": "screen", "what": "page", "url": URL}
    said = answer.content.decode()
    assert 'id="show-url-1"' in said
    assert "Show example.com as screen…" in said
    assert "bob: Show example.com as screen" in said, "the timeline says who did it"


def test_it_works_without_javascript(as_bob, sent_for):
    bot = sent_for("pages")
    assert as_bob.post(url_of(bot), PAGE).status_code == 302
    assert Order.objects.count() == 1


def test_a_picture_is_kept_by_what_it_is(as_bob, sent_for, workspace):
    bot = sent_for("pictures")
    picture = SimpleUploadedFile("slide.jpg", jpeg(), "image/jpeg")
    as_bob.post(url_of(bot), {"token": "t", "place": "camera", "picture": picture})
    kept = Picture.objects.get(workspace=workspace)
    assert Order.objects.get().body == {
        "place": "camera", "what": "picture", "picture": kept.digest, "name": "slide.jpg",
    }  # fmt: skip
    assert bytes(kept.jpeg) == jpeg()


def test_a_sound_is_kept_by_what_it_is(as_bob, sent_for, workspace):
    bot = sent_for("sounds")
    sound = SimpleUploadedFile("chime.mp3", frames(10), "audio/mpeg")
    answer = as_bob.post(url_of(bot, "play"), {"token": "t", "sound": sound}, headers=HTMX)
    kept = Sound.objects.get(workspace=workspace)
    assert Order.objects.get().body == {"sound": kept.digest, "name": "chime.mp3"}
    assert (bytes(kept.mp3), round(kept.lasts_s, 2)) == (frames(10), 0.26)
    assert 'id="play-sound-1"' in answer.content.decode()


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"url": "example.com/board"}, "The address of a web page begins with https://."),
        ({"url": ""}, "Paste the address of a web page."),
        ({"url": "https://localhost/board"}, "refuses localhost"),
        ({"place": "roof"}, "Choose the screen or the camera."),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(as_bob, sent_for, headers, typed, said):
    bot = sent_for("pages")
    asked = PAGE | {"place": "camera"} | typed
    answer = as_bob.post(url_of(bot), asked, headers=headers)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert 'id="show-url-0"' in text
    assert (f'value="{asked["url"]}"' in text) == bool(asked["url"])
    if asked["place"] == "camera":
        assert re.search(r'name="place" value="camera"[^>]* checked', text)
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("shows", "verb", "field", "data", "said"),
    [
        ("pictures", "show", "picture", b"GIF89a", "This file is no JPEG picture."),
        ("pictures", "show", "picture", jpeg()[:-2], "damaged or not whole"),
        ("pictures", "show", "picture", jpeg() + b"x" * 1_300_000, "at most 1.3 MB"),
        ("pictures", "show", "picture", b"", "This file is no JPEG picture."),
        ("pictures", "show", "picture", None, "Choose a picture to show."),
        ("sounds", "play", "sound", b"RIFF", "This file is no MP3 sound."),
        ("sounds", "play", "sound", frames(20_000), "at most 1.3 MB"),
        ("sounds", "play", "sound", None, "Choose a sound to play."),
    ],
)
def test_it_takes_no_other_files(as_bob, sent_for, shows, verb, field, data, said):
    bot = sent_for(shows)
    typed = {"token": "t", "place": "screen"}
    if data is not None:
        typed[field] = SimpleUploadedFile("file", data)
    answer = as_bob.post(url_of(bot, verb), typed)
    assert said in answer.content.decode()
    assert answer.status_code == 422
    assert not Order.objects.exists()
    assert not Picture.objects.exists()
    assert not Sound.objects.exists()


@pytest.mark.parametrize(
    ("shows", "verb", "typed", "said"),
    [
        ("pictures", "show", PAGE, "Choose a picture to show."),
        ("pictures", "play", {"sound": "x"}, "Web pages and sounds are off"),
        ("pages", "play", {"sound": "x"}, "Pictures and sounds are off"),
        ("pages", "hide", {"place": "screen"}, "Say what is to be stopped."),
        ("pages", "hide", {}, "Choose the screen or the camera."),
    ],
)
def test_what_was_never_offered_is_refused_in_words(as_bob, sent_for, shows, verb, typed, said):
    bot = sent_for(shows)
    answer = as_bob.post(url_of(bot, verb), typed, headers=HTMX)
    assert said in answer.content.decode()
    assert not Order.objects.exists()


def test_a_bot_that_has_left_meanwhile_says_so(as_bob, sent_for):
    bot = sent_for("pages", "in_call_recording", "call_ended", "done")
    answer = as_bob.post(url_of(bot), PAGE, headers=HTMX)
    assert answer.status_code == 409
    assert "has left this meeting" in answer.content.decode()


def test_what_is_shown_now_is_told_and_stopped(as_bob, as_vera, sent_for):
    bot = sent_for("pages")
    done(bot, Action.SHOW, {"place": "screen", "what": "page", "url": URL})
    said = page_of(as_bob, bot)
    assert "<strong>example.com/board</strong>" in said
    assert url_of(bot, "hide") in said
    seen = page_of(as_vera, bot)
    assert "<strong>example.com</strong>" in seen
    assert url_of(bot, "hide") not in seen
    assert "secret" not in said + seen
    as_bob.post(url_of(bot, "hide"), {"token": "u", "place": "screen", "what": "page"})
    stop = Order.objects.latest("pk")
    assert (stop.action, stop.body) == ("hide", {"place": "screen", "what": "page"})
    done(bot, Action.HIDE, stop.body)
    assert "<strong>example.com" not in page_of(as_bob, bot)


def test_a_picture_is_shown_small_beside_its_name(as_bob, sent_for, workspace):
    bot = sent_for("pictures")
    kept = Picture.keep(workspace, jpeg(), width=1280, height=720)
    body = {"place": "camera", "what": "picture", "picture": kept.digest, "name": "slide.jpg"}
    done(bot, Action.SHOW, body)
    said = page_of(as_bob, bot)
    assert reverse("policy_picture", args=["acme", kept.digest]) in said
    assert "<strong>slide.jpg</strong>" in said


def test_both_can_be_stopped_from_one_page(as_bob, sent_for):
    bot = sent_for("pages")
    for place in ("screen", "camera"):
        done(bot, Action.SHOW, {"place": place, "what": "page", "url": URL})
    tokens = re.findall(r'name="token" type="hidden" value="([^"]+)"', page_of(as_bob, bot))
    ours = [each for each in tokens if re.search("-(screen|camera|show)$", each)]
    assert len(set(ours)) == 3, "one form would be taken for the other"


def test_no_order_of_it_has_an_address_of_its_own(as_bob, sent_for):
    bot = sent_for("pages")
    assert as_bob.get(f"/w/acme/bots/{bot.pk}/show/").status_code == 405
    assert as_bob.get(f"/w/acme/bots/{bot.pk}/hide/").status_code == 405
