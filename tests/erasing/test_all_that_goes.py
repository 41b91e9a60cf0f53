"""What other rooms keep of a recording goes with it: copies, links, pictures, tracks, alerts."""

import uuid

import pytest

from bots import archive, deletions, realtime, removal, tasks, upkeep
from bots.models import (
    Alert,
    Bot,
    Erasure,
    KeptFile,
    Leftover,
    ParticipantEvent,
    Passage,
    Poster,
    Recording,
    Share,
    Speaking,
    Track,
)
from bots.models.forgotten import ERASED_PERSON, ERASED_WORDS
from bots.own_addresses import token
from tests.erasing.conftest import JANE, erase
from tests.world import NOW, at, event

pytestmark = pytest.mark.django_db


@pytest.fixture
def full(recording):
    """A recording of which every room keeps something; the path of the file in the storage."""
    path = archive.new_name(recording.workspace_id, "mp4")
    archive.partial(path).parent.mkdir(parents=True, exist_ok=True)
    archive.partial(path).write_bytes(b"film")
    archive.store(path, archive.partial(path), content_type="video/mp4", tick=lambda: None)
    KeptFile.objects.create(
        workspace=recording.workspace, recording=recording, kind="video_mixed", label="Video",
        file_name="film.mp4", path=path, state="kept", created_at=NOW, due_at=NOW,
    )  # fmt: skip
    Share.objects.make(recording, by=None, label="Acme", created_at=NOW, expires_at=at(9999))
    Poster.objects.update_or_create(
        recording=recording,
        defaults={"picture": b"jpeg", "media_type": "image/jpeg", "digest": "d", "due_at": None},
    )
    recording.artifacts.first().tracks.create(n=0, name="Ann")
    Alert.objects.create(
        workspace=recording.workspace, bot=recording.bot, recording=recording, kind="ready",
        subject=f"recording:{recording.pk}", sentence="It is ready.", since=NOW, raised_at=NOW,
    )  # fmt: skip
    return path


def gone(recording):
    """Delete it here, as if Recall had deleted it before."""
    recording.status = "deleted"
    recording.save()
    return deletions.ask(
        recording.bot, recording, Erasure.What.RECORDING, here=True, by=None, token="t", now=at(1)
    )


def test_the_sheet_counts_it(recording, full):
    told = {words: n for n, words in removal.count(Recording.objects.filter(pk=recording.pk))}
    wanted = ("copy in our storage", "share link", "picture", "person's track", "alert")
    assert [told.get(words) for words in wanted] == [1, 1, 1, 1, 1]


def test_all_of_it_goes(recording, full):
    receipt = gone(recording)

    assert receipt.counts["copy in our storage"] == receipt.counts["share link"] == 1
    assert not KeptFile.objects.kept().exists()
    assert not Share.objects.filter(ended_at=None).exists()
    assert not Poster.objects.filter(picture__isnull=False).exists()
    assert not Track.objects.exists()
    assert not Alert.objects.exists()


def test_the_file_itself_goes_a_moment_later(recording, full):
    gone(recording)
    assert archive.size(full) == 4

    assert upkeep.clear(at(2), most=10) == 1
    assert archive.size(full) is None
    assert not Leftover.objects.exists()


def test_the_file_goes_also_where_the_bot_goes_with_everything(recording, full):
    bot = recording.bot
    recording.status = "deleted"
    recording.save()
    deletions.ask(bot, None, Erasure.What.BOT, here=True, by=None, token="t", now=at(1))

    assert not KeptFile.objects.exists()
    tasks.prune()
    assert archive.size(full) is None


def test_a_storage_that_is_away_holds_up_nothing(recording, full, monkeypatch):
    def away(path):
        raise archive.ArchiveError("The storage cannot be reached.")

    gone(recording)
    monkeypatch.setattr(archive, "delete", away)
    assert upkeep.clear(at(2), most=10) == 0
    monkeypatch.undo()
    assert upkeep.clear(at(3), most=10) == 1


def test_nothing_that_is_heard_late_comes_back(recording):
    gone(recording)
    heard(recording, "transcript.data", words=[word("Late words")])
    assert not Passage.objects.exists()


def test_live_words_leave_out_who_was_erased(workspace, recording):
    erase(workspace)
    recording.transcripts.all().delete()
    recording.details_at = None
    recording.save()
    Bot.objects.update(phase="recording")
    jane = {"id": 31, "name": JANE, "email": None}

    heard(recording, "transcript.data", jane, words=[word("My own words")])
    heard(recording, "transcript.partial_data", jane, words=[word("and mo")])
    heard(recording, "participant_events.chat_message", jane, chat="Hello")
    heard(recording, "transcript.data", words=[word(f"So {JANE} said")])

    said = Passage.objects.order_by("n").values_list("speaker", "text")
    assert list(said) == [
        (ERASED_PERSON, ERASED_WORDS),
        ("Bob", f"So {ERASED_PERSON} said"),
    ]
    assert Speaking.objects.get().speaker == ERASED_PERSON
    assert ParticipantEvent.objects.get(participant__number=31).text == ""


def word(text):
    return {
        "text": text,
        "start_timestamp": {"relative": 1.0 + len(text)},
        "end_timestamp": {"relative": 2.0 + len(text)},
    }


def heard(recording, name, who=None, *, words=(), chat=""):
    """Recall tells something of the meeting at the bot's own address."""
    who = who or {"id": 32, "name": "Bob", "email": None}
    inner = {"participant": who, "words": list(words)}
    if chat:
        inner |= {
            "timestamp": {"relative": 9.0, "absolute": at(9).isoformat()},
            "data": {"text": chat, "to": "everyone"},
        }
    bot = recording.bot
    body = event(
        name,
        {
            "data": inner,
            "realtime_endpoint": {"id": str(uuid.uuid4()), "metadata": {}},
            "transcript": {"id": str(uuid.uuid4()), "metadata": {}},
            "recording": {"id": str(recording.recall_id), "metadata": {}},
            "bot": {"id": str(bot.recall_id), "metadata": {}},
        },
    )
    realtime.receive(token(bot.pk), {}, body, now=at(20))
