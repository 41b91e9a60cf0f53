"""Who was erased is kept out of what comes later."""

import uuid

import httpx
import pytest

from bots import conf, sync
from bots.models import (
    Forgotten,
    Passage,
    Recording,
)
from bots.models.forgotten import ERASED_PERSON
from tests.erasing.conftest import JANE, MAIL, answer_of, erase, filled, ok, over, tables_with
from tests.world import at, deliver, event, make_bot

pytestmark = pytest.mark.django_db


@pytest.fixture
def again(monkeypatch, bot, recording):
    """Recall tells the whole meeting once more, with her in it."""

    def look(found=bot, seconds=300):
        def play(request):
            if request.url.path == "/people":
                return ok([{"id": 9, "name": JANE, "email": MAIL}])
            if request.url.path == "/words":
                return ok(
                    [
                        {"participant": {"id": number, "name": name, "email": mail}, "words": [
                            {"text": text, "start_timestamp": {"relative": 1.0}}]}
                        for number, name, mail, text in (
                            (9, JANE, MAIL, "mine again"), (8, "Bob", "", f"So, {JANE}?"))
                    ]
                )  # fmt: skip
            told = answer_of(found, found.recordings.first() or Recording(recall_id=uuid.uuid4()))
            return ok(told)

        Recording.objects.filter(bot=found).update(details_at=None)
        monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(play))
        found.want_refresh(at(seconds))
        assert sync.refresh(found.pk, clock=lambda: at(seconds + 1))

    return look


def test_a_later_look_at_the_same_meeting_keeps_her_out(workspace, bot, recording, again):
    erase(workspace)

    again()
    deliver(workspace, event("bot.done", {"bot": {"id": str(bot.recall_id),
            "metadata": {"title": f"With {JANE}"}}, "data": {"code": "done",
            "updated_at": at(400).isoformat()}}), when=at(401))  # fmt: skip

    assert Passage.objects.filter(text=f"So, {ERASED_PERSON}?").exists()
    assert not Passage.objects.filter(text="mine again").exists()
    assert bot.participants.filter(number=9, name=ERASED_PERSON, email="").exists()
    assert tables_with(JANE, MAIL) == set()


@pytest.mark.parametrize("in_texts", [True, False])
def test_the_title_that_the_meeting_has_at_recall_stays_without_her(
    workspace, bot, recording, again, in_texts
):
    again()
    assert shown(bot) == f"{JANE} and Bob"
    erase(workspace, in_texts=in_texts)
    assert shown(bot) == f"{ERASED_PERSON} and Bob"

    again(seconds=600)

    assert shown(bot) == f"{ERASED_PERSON} and Bob"


def shown(bot):
    return bot.recordings.get().artifacts.get(kind="meeting_metadata").data["title"]


def test_a_new_meeting_is_new_data(workspace, bot, recording, again):
    erase(workspace)
    new = make_bot(workspace)
    over(new)
    again(new)

    assert new.participants.filter(name=JANE).exists()


def test_a_new_meeting_is_without_her_where_that_was_chosen(workspace, bot, recording, again):
    erase(workspace, is_everywhere=True)
    new = make_bot(workspace)
    over(new)
    again(new)

    assert not new.participants.filter(name=JANE).exists()
    assert tables_with(JANE, MAIL) == set()


def test_a_meeting_that_was_left_out_stays_so_also_where_all_new_ones_are_meant(
    workspace, bot, recording, again
):
    other = filled(make_bot(workspace), JANE, "").bot

    erase(workspace, is_everywhere=True, left_out=[other.pk])
    again(other)

    assert other.participants.filter(number=9, name=JANE).exists()
    assert Passage.objects.filter(text=f"So, {JANE}?").exists()
    # Once it is meant as well, it is never left out again.
    erase(workspace, is_everywhere=True, token="form-2")
    erase(workspace, is_everywhere=True, left_out=[other.pk], token="form-3")
    again(other, seconds=600)
    assert not other.participants.filter(name=JANE).exists()


def test_a_later_choice_never_weakens_an_earlier_one(workspace, recording):
    erase(workspace, is_everywhere=True)
    erase(workspace, token="form-2", keeps_words=True, in_texts=False)

    for row in Forgotten.objects.all():
        assert (row.is_everywhere, row.in_texts, row.keeps_words) == (True, True, False)
