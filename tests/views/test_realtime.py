"""Recall's door while a meeting runs: who may knock, what is kept of it, and what it costs."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bots import own_addresses, realtime
from bots.models import Change, Ear, Participant, ParticipantEvent, Passage, Speaking, mirror
from bots.recall.webhooks import NotFromRecall
from bots.views import realtime as door
from tests.world import deliver, event, make_bot, make_workspace, signed

pytestmark = pytest.mark.django_db
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
RECORDING = str(uuid.uuid4())
# What a signed request may cost in queries.
FEW = 15


@pytest.fixture
def recall():
    """Who stands at the door has no cookie and no CSRF token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def bot(workspace):
    return make_bot(workspace)


def address(bot):
    return f"/realtime/recall/{own_addresses.token(bot.pk)}/"


def body(bot, name, data, *, recording=RECORDING, number=100, who="Ann"):
    participant = {"id": number, "name": who, "is_host": False, "platform": None}
    around = {
        "data": {"participant": participant, **data},
        "realtime_endpoint": {"id": str(uuid.uuid4()), "metadata": {"recalldash": "live"}},
        "recording": {"id": recording, "metadata": {}},
        "bot": {"id": str(bot.recall_id), "metadata": {}},
    }
    return event(name, around)


def words(bot, text, start=1.0, *, name="transcript.data", **rest):
    said = [
        {
            "text": word,
            "start_timestamp": {"relative": start + n * 0.3},
            "end_timestamp": {"relative": start + n * 0.3 + 0.2},
        }
        for n, word in enumerate(text.split())
    ]
    return body(bot, name, {"words": said}, **rest)


def deed(bot, action, second=0.0, *, chat=None, **rest):
    moment = {"absolute": f"2026-11-20T12:00:{second:06.3f}Z", "relative": second}
    return body(bot, f"participant_events.{action}", {"timestamp": moment, "data": chat}, **rest)


def tell(recall, bot, body, headers=None):
    return recall.post(address(bot), body, content_type="application/json", headers=headers or {})


# Who may knock


@pytest.mark.parametrize("family", ["webhook", "svix"])
def test_it_takes_what_is_signed(recall, bot, family):
    said = words(bot, "Hello everyone")
    answer = tell(recall, bot, said, signed(said, when=timezone.now(), family=family))
    assert (answer.status_code, answer.content) == (204, b"")
    assert Passage.objects.get().text == "Hello everyone"


def test_it_takes_what_is_not_signed_at_the_bot_s_own_address(recall, bot):
    assert tell(recall, bot, words(bot, "Hello")).status_code == 204
    assert Passage.objects.get().participant == Participant.objects.get(name="Ann")


@pytest.mark.parametrize("family", ["webhook", "svix"])
@pytest.mark.parametrize(
    ("signing", "reason"),
    [
        ({"secret": OTHER_SECRET}, "bad_signature"),
        ({"minutes": -6}, "stale"),
        ({"minutes": 6}, "stale"),
    ],
)
def test_it_refuses_a_bad_signature(recall, bot, family, signing, reason):
    said = words(bot, "Hello")
    options = dict(signing)
    when = timezone.now() + timedelta(minutes=options.pop("minutes", 0))
    answer = tell(recall, bot, said, signed(said, when=when, family=family, **options))
    sentence = NotFromRecall(reason).sentence
    assert (answer.status_code, answer.content.decode().strip()) == (401, sentence)
    assert not Passage.objects.exists()
    assert Ear.objects.get().refusal == sentence


@pytest.mark.parametrize("left", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_it_takes_half_a_signature_for_a_bad_one(recall, bot, left):
    said = words(bot, "Hello")
    headers = {left: signed(said, when=timezone.now())[left]}
    assert tell(recall, bot, said, headers).status_code == 401


def test_it_refuses_the_signature_of_another_workspace(recall, bot):
    make_workspace("globex", secret=OTHER_SECRET)
    said = words(bot, "Hello")
    headers = signed(said, when=timezone.now(), secret=OTHER_SECRET)
    assert tell(recall, bot, said, headers).status_code == 401


@pytest.mark.parametrize("token", ["x", "1", "1:x", "a%00b", "%F0%9F%98%80", "9" * 400])
def test_it_knows_no_other_address(recall, bot, token):
    answer = recall.post(f"/realtime/recall/{token}/", words(bot, "Hello"), "application/json")
    assert answer.status_code == 404
    assert not Passage.objects.exists()


def test_the_address_of_one_bot_says_nothing_of_another(recall, bot, workspace):
    other = make_bot(workspace)
    assert tell(recall, other, words(bot, "Hello")).status_code == 404
    assert not Passage.objects.exists()


def test_the_address_of_a_bot_that_is_deleted_is_none(recall, bot):
    where, said = address(bot), words(bot, "Hello")
    bot.delete()
    assert recall.post(where, said, "application/json").status_code == 404


def test_it_takes_nothing_but_posts(recall, bot):
    assert recall.get(address(bot)).status_code == 405


# What comes


def test_it_refuses_what_is_too_large(recall, bot):
    answer = tell(recall, bot, b" " * (door.MOST_BYTES + 1))
    assert answer.status_code == 413


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"[1", b"{}", b"[" * 3000, b"null"])
def test_it_refuses_what_is_no_event(recall, bot, junk):
    assert tell(recall, bot, junk).status_code == 400


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("made.up", {"x": 1}),
        ("transcript.provider_data", {"words": "no list"}),
        ("transcript.data", {"words": [{"text": None}, 7]}),
        ("transcript.data", {"words": []}),
        ("participant_events.join", {"participant": None}),
        ("participant_events.wave", {"timestamp": "soon"}),
        ("participant_events.chat_message", {"data": [], "participant": {"id": 2**70}}),
    ],
)
def test_it_says_yes_to_what_it_has_no_use_for(recall, bot, name, data):
    assert tell(recall, bot, body(bot, name, data)).status_code == 204
    assert not Passage.objects.exists()


@pytest.mark.parametrize("recording", [None, "", "no-uuid", "\0"])
def test_it_says_yes_to_words_of_no_recording(recall, bot, recording):
    said = words(bot, "Hello", recording=recording)
    assert tell(recall, bot, said).status_code == 204
    assert not Passage.objects.exists()


def test_it_is_asked_again_while_the_database_is_away(recall, bot, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(realtime, "receive", away)
    answer = tell(recall, bot, words(bot, "Hello"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_it_changes_nothing_where_a_request_comes_again(recall, bot):
    everything = [words(bot, "Hello all"), deed(bot, "join"), deed(bot, "chat_message",
                  chat={"text": "Hi", "to": "everyone"})]  # fmt: skip
    for each in [*everything, *everything]:
        assert tell(recall, bot, each).status_code == 204
    assert Passage.objects.get().text == "Hello all"
    assert sorted(ParticipantEvent.objects.values_list("action", "text")) == [
        ("chat_message", "Hi"),
        ("join", ""),
    ]


# What is kept


def test_a_partial_is_shown_until_its_words_come(recall, bot):
    tell(recall, bot, words(bot, "Hel", name="transcript.partial_data"))
    tell(recall, bot, words(bot, "Hello ev", name="transcript.partial_data"))
    assert Speaking.objects.get().text == "Hello ev"
    assert not Passage.objects.exists()
    tell(recall, bot, words(bot, "Hello everyone"))
    assert not Speaking.objects.exists()
    assert Passage.objects.get().text == "Hello everyone"


def test_it_learns_who_is_there(recall, bot):
    tell(recall, bot, deed(bot, "join", who=""))
    told = {"participant": {"id": 100, "name": "Ann", "email": "ann@acme.example", "is_host": True}}
    tell(recall, bot, body(bot, "participant_events.update", told))
    # What is left out later is not forgotten.
    tell(recall, bot, deed(bot, "leave", 9, who=None))
    ann = Participant.objects.get()
    assert (ann.name, ann.email, ann.is_host) == ("Ann", "ann@acme.example", True)


def test_the_final_events_are_not_joined_by_late_ones(recall, bot):
    tell(recall, bot, deed(bot, "join"))
    recording = bot.recordings.get()
    recording.details_at = timezone.now()
    recording.save()
    tell(recall, bot, deed(bot, "leave", 9))
    assert ParticipantEvent.objects.get().action == "join"


def test_words_of_a_deleted_recording_do_not_come_back(recall, bot):
    tell(recall, bot, deed(bot, "join"))
    bot.recordings.update(status="deleted")
    tell(recall, bot, words(bot, "Hello"))
    assert not Passage.objects.exists()


def test_words_come_too_late_when_the_transcript_is_here(recall, bot):
    from bots.models import Transcript

    tell(recall, bot, deed(bot, "join"))
    recording = bot.recordings.get()
    now = timezone.now()
    file = recording.artifacts.create(kind="transcript", recall_id=uuid.uuid4(), status_at=now)
    Transcript.objects.keep(recording, [{"text": "Hello"}], now=now, artifact=file)
    tell(recall, bot, words(bot, "Helo"))
    assert Passage.objects.get().text == "Hello"


def test_a_recording_of_another_bot_takes_nothing(recall, bot, workspace):
    other = make_bot(workspace)
    tell(recall, other, deed(other, "join"))
    tell(recall, bot, words(bot, "Hello"))
    assert not Passage.objects.exists()


# What it costs, and who hears of it


def test_it_takes_few_queries(recall, bot):
    tell(recall, bot, words(bot, "Hello"))
    for said in (words(bot, "again", 30), deed(bot, "speech_on", 3), words(bot, "x", 1.2)):
        headers = signed(said, when=timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            tell(recall, bot, said, headers)
        assert len(asked) <= FEW, "\n".join(each["sql"] for each in asked)


def test_browsers_are_told_once_a_second_at_most(bot):
    now = timezone.now()
    token = own_addresses.token(bot.pk)
    for n in range(25):
        said = words(bot, "word", n * 5.0)
        realtime.receive(token, {}, said, now=now + timedelta(seconds=n * 0.1))
    told = list(Change.objects.filter(topic="said").values_list("bot_id", "team_id", "at"))
    assert [at for *_, at in told] == [now + timedelta(seconds=n) for n in range(3)]
    assert {(b, t) for b, t, _ in told} == {(bot.pk, bot.team_id)}


# When Recall gives up


def failed(bot, *, metadata, at, message="Connection refused"):
    return event(
        "realtime_endpoint.failed",
        {
            "data": {"code": "failed", "sub_code": "", "updated_at": at.isoformat(),
                     "error": {"code": "connection_error", "message": message}},
            "realtime_endpoint": {"id": str(uuid.uuid4()), "metadata": metadata},
            "recording": {"id": RECORDING, "metadata": {}},
            "bot": {"id": str(bot.recall_id), "metadata": {}},
        },
    )  # fmt: skip


def test_it_notes_that_recall_gave_up_and_that_it_came_back(recall, bot, workspace):
    at = timezone.now()
    deliver(workspace, failed(bot, metadata={"recalldash": "live"}, at=at), when=at)
    ear = Ear.objects.get()
    assert (ear.is_deaf, ear.failure) == (True, "Connection refused")
    assert Change.objects.filter(bot_id=bot.pk, topic="").exists()
    tell(recall, bot, words(bot, "Hello"))
    assert not Ear.objects.get().is_deaf


def test_it_passes_over_another_s_endpoint(bot, workspace):
    at = timezone.now()
    deliver(workspace, failed(bot, metadata={}, at=at), when=at)
    assert not Ear.objects.exists()


def test_no_token_stands_in_what_is_kept_of_recall_s_answer(bot):
    from bots.recall import types

    sent = own_addresses.put_in(
        {"realtime_endpoints": [{"type": "webhook", "url": "recalldash:live", "events": []}]},
        bot.pk,
    )
    answer = types.Bot.read({"id": str(bot.recall_id), "recording_config": sent})
    assert own_addresses.token(bot.pk) in json.dumps(sent)
    assert own_addresses.token(bot.pk) not in json.dumps(mirror.settings_in(answer))
    assert mirror.settings_in(answer)["recording_config"]["realtime_endpoints"][0]["url"] == (
        "recalldash:live"
    )
