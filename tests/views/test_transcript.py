"""What was said, on the page of its recording: line by line, by speaker, searched, asked for."""

import html
import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from bots import stretches, transcribing
from bots.lifecycle import Action
from bots.models import AuditEvent, Order, Passage, Recording, Transcript, Verb

HTMX = {"HX-Request": "true", "HX-Target": "div#transcript"}


@pytest.fixture
def recording(a_bot) -> Recording:
    bot = a_bot("in_call_recording", "call_ended", "done", recorded=True)
    return bot.recordings.get()


def talk(recording: Recording, count: int = 1, **fields) -> Transcript:
    """Every ten seconds somebody says a line with its number; Priya and Jun take turns of two."""
    return Transcript.objects.keep(
        recording,
        [
            {
                "speaker": ["Priya", "Jun"][n // 2 % 2],
                "start_s": n * 10.0,
                "end_s": n * 10.0 + (6 if n // 2 % 2 == 0 else 3),
                "text": f"line{n} <b> talk",
            }
            for n in range(count)
        ],
        now=timezone.now(),
        **fields,
    )


def url_of(recording: Recording, name: str = "recording", *more) -> str:
    return reverse(name, args=["acme", recording.pk, *more])


def numbers(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'id="said-(\d+)"', page)]


def test_it_shows_the_first_lines_in_turns(as_vera, recording):
    talk(recording, 400)
    page = as_vera.get(url_of(recording)).content.decode()
    assert numbers(page) == list(range(stretches.LINES))
    assert "line0 &lt;b&gt; talk" in page
    assert page.count('class="speaker"') == stretches.LINES // 2
    assert "?t=10.00#transcript" in page


def test_it_stands_lines_without_words_times_and_names(as_vera, recording):
    Transcript.objects.keep(
        recording,
        [
            {"speaker": "", "start_s": None, "end_s": None, "text": "Yes"},
            {"speaker": "Jun", "start_s": 9.0, "end_s": 9.5, "text": " "},
            {"speaker": "Jun", "start_s": 10.0, "end_s": None, "text": "Well"},
        ],
        now=timezone.now(),
    )
    page = as_vera.get(url_of(recording)).content.decode()
    assert numbers(page) == [0, 2]
    assert "Somebody" in page


def test_it_opens_at_a_moment(as_vera, recording):
    talk(recording, 900)
    for at in ("7542", "7542.9", "2:05:42"):
        page = as_vera.get(url_of(recording), {"t": at}).content.decode()
        assert numbers(page)[0] == 754 - stretches.BEFORE
        assert 'id="said-754" data-n="754" data-start="7540.0" aria-current="true"' in page
        assert "data-opened-at=" in page
    for senseless in ("", "-5", "soon", "1:99:99:99", "٣", "1e9", "99999999"):
        page = as_vera.get(url_of(recording), {"t": senseless}).content.decode()
        assert numbers(page)[0] == 0
    before = as_vera.get(url_of(recording), {"t": "0"}).content.decode()
    assert numbers(before)[0] == 0


def test_lines_are_had_piece_by_piece_in_both_directions(as_vera, recording):
    shown = talk(recording, 400)
    url = url_of(recording, "transcript_lines", shown.pk)
    seen, address = [], f"{url}?n=0"
    while address:
        piece = as_vera.get(address, headers=HTMX).content.decode()
        assert "<html" not in piece
        seen += numbers(piece)
        after = re.search(r'data-more="n">.*?data-from="(\d+)"', piece)
        address = f"{url}?n={after[1]}" if after else ""
    assert seen == list(range(400))
    back, address = [], f"{url}?before=400"
    while address:
        piece = as_vera.get(address, headers=HTMX).content.decode()
        back = numbers(piece) + back
        before = re.search(r'data-more="before">.*?data-from="(\d+)"', piece)
        address = f"{url}?before={before[1]}" if before else ""
    assert back == list(range(400))


def test_where_a_piece_begins_within_a_turn_nobody_begins_to_speak(as_vera, recording):
    shown = talk(recording, 10)
    url = url_of(recording, "transcript_lines", shown.pk)
    piece = as_vera.get(url, {"n": 1}, headers=HTMX).content.decode()
    assert piece.index("line1 ") < piece.index('class="speaker"')


def test_it_tells_who_spoke_for_how_long_and_shows_one_of_them(as_vera, recording):
    shown = talk(recording, 8)
    page = as_vera.get(url_of(recording)).content.decode()
    speakers = page.split('class="said-speakers"')[1].split("</ul>")[0]
    assert re.findall(r'rect width="([\d.]+)%"', speakers) == ["66.7", "33.3"]
    assert ("0:24 · 67 %" in speakers, "0:12 · 33 %" in speakers) == (True, True)
    only = as_vera.get(url_of(recording), {"speaker": "Jun"}).content.decode()
    assert numbers(only) == [2, 3, 6, 7]
    assert "?speaker=Jun&amp;t=20.00#transcript" in only
    piece = as_vera.get(
        url_of(recording, "transcript_lines", shown.pk), {"speaker": "Jun", "n": 3}, headers=HTMX
    )
    assert numbers(piece.content.decode()) == [3, 6, 7]
    nobody = as_vera.get(url_of(recording), {"speaker": "No <one>"})
    assert nobody.status_code == 200


@pytest.mark.parametrize(("is_black", "at"), [(True, 3), (False, 2)])
def test_it_shows_where_the_recording_was_paused(as_vera, recording, is_black, at):
    """Whether the film goes on black in a pause, or leaves it out, is seen from the words."""
    began = recording.started_at
    recording.completed_at = began + timedelta(seconds=400)
    recording.save()
    bot = recording.bot
    bot.status_changes.all().delete()
    for code, second in [
        ("in_call_recording", 0),
        ("in_call_not_recording", 15),
        ("in_call_recording", 145),
        ("done", 401),
    ]:
        moment = began + timedelta(seconds=second)
        bot.status_changes.create(code=code, at=moment, learnt_at=moment, source="webhook")
    starts = [0, 5, 12, 150, 160] if is_black else [0, 5, 16, 26, 36]
    Transcript.objects.keep(
        recording,
        [{"speaker": "Ann", "start_s": s, "end_s": s + 2, "text": f"at{s}"} for s in starts],
        now=timezone.now(),
    )
    page = as_vera.get(url_of(recording)).content.decode()
    assert page.count("Recording paused for 2:10") == 1
    line = page.split(f'id="said-{at}"')[1].split("</li>")[0]
    assert "Recording paused for 2:10" in line


def find(client, recording, shown, words):
    url = url_of(recording, "transcript_find", shown.pk)
    return client.get(url, {"find": words}, headers=HTMX).content.decode()


def test_it_searches_the_whole_of_it(as_vera, recording):
    shown = talk(recording, 400)
    found = find(as_vera, recording, shown, "LINE39")
    assert "11 lines with “LINE39”" in found
    places = re.search(r'data-hits="(.*?)"', found)[1]
    assert places == str([39, *range(390, 400)])
    assert "<mark>line39</mark>" in found
    assert "?find=LINE39&amp;t=3990.00#transcript" in found
    assert "Nobody said “&lt;i&gt;”" in find(as_vera, recording, shown, "<i>")
    assert find(as_vera, recording, shown, " ").strip() == ""
    many = find(as_vera, recording, shown, "talk")
    assert many.count("data-hit=") == 100
    assert "400 lines with “talk”, the first 100 listed" in many


def test_it_is_searched_without_a_script(as_vera, recording):
    talk(recording, 400)
    page = as_vera.get(url_of(recording), {"find": "line399"}).content.decode()
    assert '<a href="?find=line399&amp;t=3990.00#transcript">' in page
    there = as_vera.get(url_of(recording), {"find": "line399", "t": "3990.0"}).content.decode()
    assert "line399 &lt;b&gt;" in there


def test_the_region_alone_is_for_htmx(as_vera, recording):
    talk(recording, 3)
    url = url_of(recording, "transcript")
    assert "<html" not in as_vera.get(url, headers=HTMX).content.decode()
    plain = as_vera.get(url, {"t": "20"})
    assert plain["Location"] == url_of(recording) + "?t=20#transcript"


def test_of_several_transcripts_each_can_be_read(as_vera, recording):
    talk(recording, 2)
    artifact = recording.artifacts.create(
        kind="transcript", recall_id=uuid.uuid4(), status="done", status_at=timezone.now()
    )
    final = Transcript.objects.keep(
        recording,
        [{"speaker": "Ann", "start_s": 1.0, "end_s": 2.0, "text": "final words"}],
        now=timezone.now(),
        artifact=artifact,
        provider="recallai_async",
        made_at=timezone.now(),
    )
    page = as_vera.get(url_of(recording)).content.decode()
    assert "final words" in page
    assert "Recall&#x27;s transcription, asked for afterwards" in page
    live = recording.transcripts.exclude(pk=final.pk).get()
    other = as_vera.get(url_of(recording), {"of": live.pk}).content.decode()
    assert "line1 " in other
    assert "The final transcript comes after the meeting" in other
    assert f"?of={live.pk}&amp;t=10.00#transcript" in other
    taken = as_vera.get(url_of(recording, "kept_file", "transcript", "txt"), {"of": live.pk})
    assert b"line1" in taken.content
    newest = as_vera.get(url_of(recording, "kept_file", "transcript", "txt"))
    assert b"final words" in newest.content


def test_a_transcript_of_another_recording_is_none_here(as_vera, recording, a_bot):
    shown = talk(recording, 2)
    other = a_bot("in_call_recording", "done", recorded=True).recordings.get()
    for name in ("transcript_lines", "transcript_find", "transcript_state"):
        assert as_vera.get(url_of(other, name, shown.pk)).status_code == 404
    for of in (shown.pk, "x", "-1", "9" * 30):
        taken = as_vera.get(url_of(other, "kept_file", "transcript", "txt"), {"of": of})
        assert taken.status_code == 404


def test_a_page_asks_the_database_as_often_whatever_was_said(
    as_vera, recording, django_assert_max_num_queries
):
    shown = talk(recording, 2_000)
    as_vera.get(url_of(recording))
    with django_assert_max_num_queries(14):
        as_vera.get(url_of(recording, "transcript_lines", shown.pk), {"t": "9000"}, headers=HTMX)
    with django_assert_max_num_queries(20):
        as_vera.get(url_of(recording, "transcript"), {"t": "9000"}, headers=HTMX)


# Asking for a transcript


def ask(client, recording, **data):
    data = {"provider": "recallai_async", "language": "de", "token": "one"} | data
    return client.post(url_of(recording, "transcribe"), data, follow=True)


def test_an_operator_asks_for_a_transcript(as_bob, bob, recording):
    page = ask(as_bob, recording).content.decode()
    assert "Asked for a transcript…" in page
    order = Order.objects.get()
    assert (order.action, order.by, order.body) == (
        Action.TRANSCRIBE,
        bob,
        {
            "recording": str(recording.recall_id),
            "request": {"provider": {"recallai_async": {"language_code": "de"}}},
        },
    )
    event = AuditEvent.objects.get(verb=Verb.ORDERED)
    assert (event.by, event.detail["action"]) == (bob, "transcribe")
    ask(as_bob, recording)
    assert Order.objects.count() == 1


def test_a_viewer_is_not_asked_and_may_not(as_vera, recording):
    assert "said-ask" not in as_vera.get(url_of(recording)).content.decode()
    assert ask(as_vera, recording).status_code == 403
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"provider": "parrot"}, "Select a valid choice"),
        ({"language": "tlh"}, "Select a valid choice"),
        ({"provider": "rev_async", "language": "de"}, "Only Recall's transcription"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_form(as_bob, recording, data, sentence):
    data = {"provider": "recallai_async", "language": "de", "token": "one"} | data
    piece = as_bob.post(url_of(recording, "transcribe"), data, headers=HTMX)
    assert piece.status_code == 422
    assert sentence in html.unescape(piece.content.decode())
    assert sentence in html.unescape(ask(as_bob, recording, **data).content.decode())
    assert not Order.objects.exists()


def test_not_more_than_ten_are_asked_for(as_bob, recording):
    for n in range(transcribing.MOST):
        recording.artifacts.create(
            kind="transcript",
            recall_id=uuid.uuid4(),
            status="deleted" if n == 0 else "failed",
            status_at=timezone.now(),
        )
    assert "at most" not in as_bob.get(url_of(recording)).content.decode()
    recording.artifacts.filter(status="deleted").update(status="done")
    assert "at most 10 transcripts" in as_bob.get(url_of(recording)).content.decode()
    assert "at most 10 transcripts" in ask(as_bob, recording).content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": "processing"}, "has to be finished first"),
        ({"status": "deleted"}, "deleted at Recall"),
        ({"status": "failed"}, "could not finish"),
        ({"status": ""}, "has to be finished first"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "deleted at Recall"),
    ],
)
def test_it_says_why_a_recording_cannot_be_transcribed(as_bob, recording, fields, sentence):
    Recording.objects.filter(pk=recording.pk).update(**fields)
    assert sentence in ask(as_bob, recording).content.decode()
    assert not Order.objects.exists()


def test_it_tells_what_became_of_it(as_bob, recording):
    ask(as_bob, recording)
    order = Order.objects.get()
    order.finish(
        Order.State.REFUSED, now=timezone.now(), error="Recall refused this: no.", code="x"
    )
    page = as_bob.get(url_of(recording)).content.decode()
    assert "Recall refused this: no." in page
    file = recording.artifacts.create(
        kind="transcript",
        recall_id=uuid.uuid4(),
        status="processing",
        status_at=timezone.now(),
    )
    assert "Recall is making a transcript…" in as_bob.get(url_of(recording)).content.decode()
    file.status, file.sub_code = "failed", "provider_connection_failed"
    file.save()
    page = as_bob.get(url_of(recording)).content.decode()
    assert "could not connect to the transcription service" in page
    assert "provider_connection_failed" in page
    file.status, file.sub_code = "done", ""
    file.save()
    assert "ready and being fetched" in as_bob.get(url_of(recording)).content.decode()


def test_while_one_is_read_another_is_told_of_when_it_comes(as_bob, recording):
    first = recording.artifacts.create(
        kind="transcript", recall_id=uuid.uuid4(), status="done", status_at=timezone.now()
    )
    shown = talk(recording, 3, artifact=first)
    url = url_of(recording, "transcript_state", shown.pk)
    assert "data-live" not in as_bob.get(url, headers=HTMX).content.decode()
    ask(as_bob, recording)
    page = as_bob.get(url_of(recording)).content.decode()
    region = page[page.index('id="transcript"') :]
    assert f'data-live="bot-{recording.bot_id}"' in region[: region.index("data-said-list")]
    Order.objects.get().finish(Order.State.CONFIRMED, now=timezone.now())
    artifact = recording.artifacts.create(
        kind="transcript", recall_id=uuid.uuid4(), status="done", status_at=timezone.now()
    )
    talk(recording, 2, artifact=artifact)
    piece = as_bob.get(url, headers=HTMX).content.decode()
    assert "A newer transcript is here" in piece
    assert "data-live" not in piece


def test_what_was_said_needs_no_element_for_a_word(as_vera, recording):
    talk(recording, stretches.LINES)
    page = as_vera.get(url_of(recording, "transcript"), headers=HTMX).content.decode()
    words = Passage.objects.count() * 3
    assert page.count("<") < 12 * Passage.objects.count() + 400 < 12 * words


def test_a_piece_that_still_waits_knows_its_own_address(as_bob, recording):
    shown = talk(recording, 3)
    ask(as_bob, recording)
    url = url_of(recording, "transcript_state", shown.pk)
    assert f'hx-get="{url}"' in as_bob.get(url, headers=HTMX).content.decode()
