"""The Recordings page: what it lists, for whom, how it narrows and pages; and its pictures."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from bots.models import Artifact, KeptFile, Poster, Recording, Role, Transcript
from bots.views.recordings import ON_A_PAGE

pytestmark = pytest.mark.django_db
URL = "/w/acme/recordings/"


@pytest.fixture
def recorded(a_bot):
    """Make a bot that is over, with one recording."""

    def make(title="Weekly", *, outcome="recorded", people=(), ago=0, **fields) -> Recording:
        bot_fields = {
            name: fields.pop(name)
            for name in ("team", "sent_by", "platform", "name")
            if name in fields
        }
        bot = a_bot("in_call_recording", ("call_ended", ""), "done", title=title, **bot_fields)
        at = timezone.now() - timedelta(hours=ago)
        recording = bot.recordings.create(
            workspace=bot.workspace, recall_id=uuid.uuid4(), status="done", status_at=at,
            created_at=at, started_at=at, completed_at=at + timedelta(minutes=3), outcome=outcome,
            **fields,
        )  # fmt: skip
        recording.artifacts.create(
            kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=at, size=2_500_000
        )
        for n, name in enumerate(people):
            bot.participants.create(number=n, name=name)
        return recording

    return make


def listed(client, **query) -> str:
    response = client.get(URL, query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_shows_what_was_recorded(as_vera, recorded):
    recorded("Quarterly", people=["Ann", "Bob", "Cem", "Dora", "Eve"], missing="The bot crashed.")
    text = listed(as_vera)
    for words in ("Quarterly", "Ann, Bob, Cem +2", "3:00", "2.4", "Recorded", "The bot crashed."):
        assert words in text


def test_it_says_what_will_be_here_and_the_first_step(as_bob, as_vera):
    assert "Send a bot" in listed(as_bob)
    assert "Send a bot" not in listed(as_vera)


@pytest.mark.parametrize(
    "query",
    [
        {"q": "ann"},
        {"q": "QUARTERLY"},
        {"q": "special bot"},
        {"outcome": "in_part"},
        {"platform": "zoom"},
        {"words": "on"},
        {"soon": "on"},
        {"failed": "on"},
    ],
)
def test_it_narrows(as_vera, recorded, query):
    recorded("Another", people=["Zoe"])
    now = timezone.now()
    wanted = recorded(
        "Quarterly", people=["Ann Lee"], outcome="in_part", platform="zoom", name="Special bot",
        expires_at=now + timedelta(hours=20),
    )  # fmt: skip
    Transcript.objects.keep(wanted, [{"text": "Hello"}], now=now)
    wanted.artifacts.create(
        kind="audio_mixed", recall_id=uuid.uuid4(), status="failed", status_at=now
    )
    text = listed(as_vera, **query)
    assert ">Quarterly</a>" in text
    assert ">Another</a>" not in text


def test_it_narrows_by_who_sent_the_bot(as_vera, recorded, alice):
    recorded("Hers", sent_by=alice)
    recorded("Nobody's")
    text = listed(as_vera, person=alice.pk)
    assert ">Hers</a>" in text
    assert text.count('class="row shelf"') == 1


def test_it_counts_what_is_past_its_time_as_deleted(as_vera, recorded):
    recorded("Gone", expires_at=timezone.now() - timedelta(hours=1))
    recorded("Here")
    assert ">Gone</a>" not in listed(as_vera, outcome="recorded")
    text = listed(as_vera, outcome="deleted")
    assert ">Gone</a>" in text
    assert ">Here</a>" not in text


def test_it_says_so_where_nothing_matches(as_vera, recorded):
    recorded()
    text = listed(as_vera, q="nothing like that")
    assert "No recording matches" in text
    assert 'name="q" value="nothing like that"' in text


def test_it_goes_page_by_page_without_gap_or_repeat(as_vera, recorded):
    for n in range(ON_A_PAGE + 3):
        recorded(f"Meeting {n:02}", ago=n)
    first = listed(as_vera)
    assert first.count('class="row shelf"') == ON_A_PAGE
    after = first.partition("?after=")[2].partition('"')[0]
    second = as_vera.get(f"{URL}?after={after}").content.decode()
    assert second.count('class="row shelf"') == 3
    assert f"Meeting {ON_A_PAGE + 2:02}" in second
    assert as_vera.get(URL, {"after": "made-up"}).status_code == 400


def test_it_shows_only_what_the_person_may_see(client, recorded, workspace, member):
    secret = workspace.teams.create(name="Board", is_private=True)
    hidden = recorded("Secret", team=secret)
    Poster.objects.create(recording=hidden, media_type="image/jpeg", picture=b"x", digest="d")
    client.force_login(member("otto", Role.OPERATOR, workspace))
    assert "Secret" not in listed(client)
    assert client.get(f"{URL}{hidden.pk}/poster/").status_code == 404


@pytest.mark.parametrize("count", [1, 24])
def test_it_asks_the_database_little(as_vera, recorded, count, django_assert_max_num_queries):
    for n in range(count):
        recorded(people=["Ann", "Bob"], ago=n)
    listed(as_vera)
    with django_assert_max_num_queries(8):
        response = as_vera.get(URL, headers={"HX-Request": "true"})
    assert response.content.decode().count('class="row shelf"') == count


def test_it_serves_pictures_privately_and_only_once(as_vera, as_charlie, recorded):
    recording = recorded()
    Poster.objects.create(
        recording=recording, media_type="image/jpeg", picture=b"jpeg", digest="abc"
    )
    url = f"{URL}{recording.pk}/poster/"
    assert f'src="{url}"' in listed(as_vera)
    first = as_vera.get(url)
    assert (first.content, first["Content-Type"]) == (b"jpeg", "image/jpeg")
    assert "private" in first["Cache-Control"]
    assert "no-cache" in first["Cache-Control"]
    assert as_vera.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert as_charlie.get(url).status_code == 404


def test_it_shows_no_picture_of_what_is_deleted(as_vera, recorded):
    recording = recorded(expires_at=timezone.now() - timedelta(hours=1))
    Poster.objects.create(recording=recording, media_type="image/jpeg", picture=b"x", digest="d")
    url = f"{URL}{recording.pk}/poster/"
    assert url not in listed(as_vera)
    assert as_vera.get(url).status_code == 404


def test_it_keeps_what_came_of_a_recording(a_bot):
    bot = a_bot(
        "joining_call", "in_call_recording", ("call_ended", "bot_kicked_from_call"), "done",
        recorded=True,
    )  # fmt: skip
    recording = bot.recordings.get()
    assert recording.outcome == "in_part"
    assert "The bot was removed" in recording.missing
    assert bot.outcome == "in_part"


def test_it_is_not_green_where_nothing_is_left(a_bot):
    bot = a_bot("joining_call", "in_call_recording", ("call_ended", ""), recorded=True)
    Artifact.objects.update(status="deleted")
    bot.observe([], source="sync", now=timezone.now())
    assert bot.recordings.get().outcome == "deleted"


def test_a_copy_stands_in_for_what_recall_has_deleted(a_bot, as_bob):
    bot = a_bot("joining_call", "in_call_recording", ("call_ended", ""), recorded=True)
    recording = bot.recordings.get()
    KeptFile.objects.create(
        workspace=bot.workspace, recording=recording, artifact=recording.artifacts.get(),
        kind="video_mixed", label="Video", file_name="f.mp4", path="1/ab/x.mp4", state="kept",
        created_at=timezone.now(), due_at=timezone.now(),
    )  # fmt: skip
    Artifact.objects.update(status="deleted")
    Recording.objects.update(status="deleted")
    bot.observe([], source="sync", now=timezone.now())
    page = as_bob.get("/w/acme/recordings/")
    [row] = page.context["rows"]
    assert (row.is_gone, row.has_copy) == (False, True)
    assert "Your own copy" in page.content.decode()
    assert as_bob.get("/w/acme/recordings/?outcome=deleted").context["rows"] == []
