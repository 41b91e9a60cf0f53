"""The question whether a meeting may be recorded: asked, heard, obeyed, and kept."""

import uuid

import pytest

from bots import actions, agreement, chores, consents, policy
from bots.lifecycle import Action
from bots.lifecycle.consents import Stage
from bots.models import Bot, Consent, ConsentAnswer, Erasure, Participant, PolicyVersion
from bots.recall import downloads, realtime
from tests.world import LINK, NOW, at, deliver, status_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(team, settings):
    """Send a bot under a policy that asks, and have Recall take it."""
    settings.PUBLIC_URL = "https://dash.example.com"

    def go(link=LINK, **own):
        rules = {"start_on": "consent", **own}
        PolicyVersion.objects.save_team(team, rules, by=None, now=NOW)
        bot = actions.send(team, policy.Ask(meeting_url=link), by=None, token="f", now=NOW)
        bot.orders.update(state="confirmed")
        Bot.objects.filter(pk=bot.pk).update(recall_id="4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b001")
        bot.refresh_from_db()
        return bot

    return go


def told(bot, code, seconds):
    deliver(bot.workspace, status_event(bot, code, at(seconds)), when=at(seconds))
    bot.refresh_from_db()


def heard(bot, action, number, name, seconds, *, text="", is_host=False):
    person = downloads.Participant(number, name, is_host, "", "", {})
    moment = downloads.Moment(at(seconds), None)
    agreement.hear(
        bot,
        realtime.Heard(
            name=f"participant_events.{action}",
            kind="deed",
            bot_id=None,
            recording_id=None,
            participant=person,
            action=action,
            moment=moment,
            chat=text,
        ),
        now=at(seconds),
    )
    bot.refresh_from_db()


def looked(bot, seconds):
    """Look as the chore does; the orders that were given by it."""
    before = set(bot.orders.values_list("pk", flat=True))
    if bot.pk in list(chores.CHORES["questions for consent"].due(at(seconds))):
        consents.look(bot.pk, now=at(seconds))
    bot.refresh_from_db()
    given = bot.orders.exclude(pk__in=before).order_by("pk")
    bot.orders.open().update(state="confirmed")
    return [(each.action, each.body) for each in given]


def in_call(bot):
    """In the call with Ann, who is the host, and Ben; both were asked."""
    told(bot, "in_call_not_recording", 10)
    heard(bot, "join", 1, "Ann", 10.5, is_host=True)
    heard(bot, "join", 2, "Ben", 10.6)
    return looked(bot, 11)


def test_a_bot_that_asks_starts_by_hand_at_recall(send):
    bot = send()
    assert bot.request["recording_config"]["start_recording_on"] == "manual"
    assert bot.consent_stage == Stage.WAITING
    assert Consent.objects.get(bot=bot).needs == "everyone"


def test_others_do_not_ask(send):
    bot = send(start_on="manual")
    assert bot.consent_stage == ""
    assert not Consent.objects.exists()


def test_whoever_sends_may_choose_it(team):
    ask = policy.Ask(meeting_url=LINK, start_on="consent")
    bot = actions.send(team, ask, by=None, token="f", now=NOW)
    assert bot.consent_stage == Stage.WAITING
    assert bot.asked == {"start_on": "consent"}


def test_it_asks_once_it_is_in_the_call(send):
    bot = send(consent_ask="May I?")
    assert looked(bot, 1) == []
    assert in_call(bot) == [(Action.SAY, {"message": "May I?", "to": "everyone"})]
    assert bot.consent_stage == Stage.ASKING
    assert looked(bot, 12) == []


def test_it_records_when_everyone_has_agreed(send):
    bot = send()
    in_call(bot)
    heard(bot, "chat_message", 1, "Ann", 20, text="Yes!")
    assert looked(bot, 21) == []
    heard(bot, "chat_message", 2, "Ben", 22, text="i agree")
    [(action, body)] = looked(bot, 23)
    assert action == Action.START
    assert body["start_recording_on"] == "call_join"
    assert body["video_mixed_mp4"] is not None
    assert bot.consent_stage == Stage.GIVEN
    answers = ConsentAnswer.objects.values_list("name", "says", "text", "is_host")
    assert list(answers) == [("Ann", "yes", "Yes!", True), ("Ben", "yes", "i agree", False)]


@pytest.mark.parametrize(
    ("needs", "who", "starts"), [("host", 1, True), ("host", 2, False), ("anyone", 2, True)]
)
def test_one_word_is_enough_where_the_policy_says_so(send, needs, who, starts):
    bot = send(consent_by=needs)
    in_call(bot)
    heard(bot, "chat_message", who, "Ann" if who == 1 else "Ben", 20, text="ok")
    assert [action for action, _ in looked(bot, 21)] == ([Action.START] if starts else [])


def test_whoever_left_and_notetakers_and_the_bot_itself_are_not_waited_for(send):
    bot = send()
    in_call(bot)
    heard(bot, "join", 3, "Fireflies.ai Notetaker", 12)
    heard(bot, "chat_message", 9, bot.name, 12.5, text="yes")
    heard(bot, "chat_message", 1, "Ann", 20, text="yes")
    assert looked(bot, 21) == []
    heard(bot, "leave", 2, "Ben", 30)
    assert [action for action, _ in looked(bot, 31)] == [Action.START]


@pytest.mark.parametrize(
    ("does", "action"), [("pause", Action.PAUSE), ("stop", Action.STOP), ("delete", Action.STOP)]
)
def test_a_no_pauses_or_stops_what_was_agreed(send, does, action):
    bot = send(consent_no_does=does)
    agreed(bot)
    heard(bot, "chat_message", 2, "Ben", 40, text="no")
    assert [given for given, _ in looked(bot, 41)] == [action]
    assert bot.consent_stage == Stage.DECLINED
    assert looked(bot, 42) == []
    assert Consent.objects.get(bot=bot).deletes is (does == "delete")


def agreed(bot):
    in_call(bot)
    heard(bot, "chat_message", 1, "Ann", 20, text="yes")
    heard(bot, "chat_message", 2, "Ben", 20, text="yes")
    looked(bot, 21)
    told(bot, "in_call_recording", 22)
    assert looked(bot, 22) == []


def test_a_change_of_mind_resumes_a_pause(send):
    bot = send()
    agreed(bot)
    heard(bot, "chat_message", 2, "Ben", 40, text="no")
    looked(bot, 41)
    Bot.objects.filter(pk=bot.pk).update(phase="paused")
    heard(bot, "chat_message", 2, "Ben", 60, text="yes")
    assert [given for given, _ in looked(bot, 61)] == [Action.RESUME]
    assert bot.consent_stage == Stage.GIVEN


def test_a_change_of_mind_starts_again_after_a_stop(send):
    bot = send(consent_no_does="stop")
    agreed(bot)
    heard(bot, "chat_message", 2, "Ben", 40, text="no")
    looked(bot, 41)
    told(bot, "in_call_not_recording", 42)
    assert looked(bot, 42) == []
    heard(bot, "chat_message", 2, "Ben", 60, text="yes")
    assert [given for given, _ in looked(bot, 61)] == [Action.START]


def test_what_could_not_be_ordered_is_not_called_begun(send):
    bot = send()
    in_call(bot)
    actions.order(bot, Action.LEAVE, by=None, now=at(12), confirmed=True)
    heard(bot, "chat_message", 1, "Ann", 20, text="yes")
    heard(bot, "chat_message", 2, "Ben", 20, text="yes")
    assert consents.look(bot.pk, now=at(21)) is None
    bot.refresh_from_db()
    assert (bot.consent_stage, bot.consent_due_at) == (Stage.ASKING, at(23))


def test_a_no_before_the_recording_keeps_it_from_beginning(send):
    bot = send(consent_by="host")
    in_call(bot)
    heard(bot, "chat_message", 2, "Ben", 20, text="no")
    heard(bot, "chat_message", 1, "Ann", 21, text="yes")
    assert looked(bot, 22) == []
    heard(bot, "chat_message", 2, "Ben", 30, text="yes")
    assert [given for given, _ in looked(bot, 31)] == [Action.START]


def test_whoever_comes_later_is_asked_too_and_recording_goes_on(send):
    bot = send()
    agreed(bot)
    heard(bot, "join", 4, "Dora", 50)
    assert [given for given, _ in looked(bot, 51)] == [Action.SAY]
    heard(bot, "join", 5, "Emil", 52)
    assert looked(bot, 53) == []  # those who come one after another are asked together
    assert [given for given, _ in looked(bot, 75)] == [Action.SAY]
    assert looked(bot, 100) == []


def test_whoever_comes_while_it_asks_is_asked_and_whoever_answered_is_not(send):
    bot = send()
    in_call(bot)
    heard(bot, "join", 4, "Dora", 15)
    heard(bot, "join", 5, "Emil", 16)
    heard(bot, "chat_message", 5, "Emil", 17, text="yes")
    assert looked(bot, 18) == []
    assert [given for given, _ in looked(bot, 40)] == [Action.SAY]
    heard(bot, "chat_message", 4, "Dora", 41, text="yes")
    assert looked(bot, 70) == []


def test_a_recording_that_a_person_stopped_is_not_started_again(send):
    bot = send()
    agreed(bot)
    told(bot, "in_call_not_recording", 50)
    assert looked(bot, 51) == []


def test_where_nothing_is_told_before_a_recording_the_chat_alone_is_taken_down(send):
    bot = send()
    told(bot, "in_call_not_recording", 10)
    assert [given for given, _ in looked(bot, 11)] == [Action.SAY]
    assert looked(bot, 20) == []
    [(action, body)] = looked(bot, 27)
    assert action == Action.START
    assert body["participant_events"] == {}
    assert {name for name in ("video_mixed_mp4", "transcript", "retention") if body[name]} == set()
    assert [each["events"][0] for each in body["realtime_endpoints"]] == ["participant_events.join"]
    told(bot, "in_call_recording", 28)
    assert bot.consent_stage == Stage.LISTENING
    heard(bot, "join", 1, "Ann", 28, is_host=True)
    assert looked(bot, 29) == []
    heard(bot, "chat_message", 1, "Ann", 30, text="no")
    assert looked(bot, 31) == []
    heard(bot, "chat_message", 1, "Ann", 40, text="yes")
    [(action, body)] = looked(bot, 41)
    assert (action, body["video_mixed_mp4"]) == (Action.START, {})
    assert bot.consent_stage == Stage.GIVEN


def test_where_it_is_told_nothing_else_is_recorded(send):
    bot = send()
    in_call(bot)
    assert looked(bot, 60) == []


@pytest.mark.parametrize("link", ["https://company.webex.com/meet/ann", LINK])
def test_an_operator_vouches_for_all(send, bob, link):
    bot = send(link)
    told(bot, "in_call_not_recording", 10)
    looked(bot, 11)
    order = consents.confirm(bot, by=bob, now=at(20))
    assert order.action == Action.START
    said = ConsentAnswer.objects.get()
    assert (said.says, said.by, said.participant) == ("confirmed", bob, None)


def test_nobody_vouches_for_a_meeting_that_is_not_on(send, bob):
    bot = send()
    with pytest.raises(actions.NotNow, match="not in the call yet"):
        consents.confirm(bot, by=bob, now=at(2))
    told(bot, "done", 30)
    with pytest.raises(actions.NotNow, match="has left"):
        consents.confirm(bot, by=bob, now=at(40))
    assert not ConsentAnswer.objects.exists()


def test_a_no_after_that_counts(send, bob):
    bot = send()
    in_call(bot)
    consents.confirm(bot, by=bob, now=at(20))
    bot.orders.open().update(state="confirmed")
    told(bot, "in_call_recording", 21)
    looked(bot, 21)
    heard(bot, "chat_message", 2, "Ben", 40, text="stop recording")
    assert [given for given, _ in looked(bot, 41)] == [Action.PAUSE]


def test_pressing_start_is_a_persons_word(send, bob):
    bot = send()
    in_call(bot)
    actions.order(bot, Action.START, by=bob, now=at(20), token="x")
    bot.orders.open().update(state="confirmed")
    told(bot, "in_call_recording", 21)
    assert looked(bot, 22) == []
    assert bot.consent_stage == Stage.GIVEN
    assert ConsentAnswer.objects.get().by == bob


def test_what_a_person_stopped_or_paused_no_answer_starts_again(send):
    bot = send(consent_no_does="stop")
    agreed(bot)
    told(bot, "in_call_not_recording", 30)  # somebody pressed Stop
    heard(bot, "chat_message", 2, "Ben", 40, text="no")
    assert looked(bot, 41) == []
    heard(bot, "chat_message", 2, "Ben", 50, text="yes")
    assert looked(bot, 51) == []


def test_a_no_after_somebody_went_on_in_spite_of_one_counts_again(send):
    bot = send(consent_no_does="stop")
    agreed(bot)
    heard(bot, "chat_message", 2, "Ben", 40, text="no")
    assert [given for given, _ in looked(bot, 41)] == [Action.STOP]
    told(bot, "in_call_not_recording", 42)
    looked(bot, 42)
    told(bot, "in_call_recording", 50)  # somebody pressed Start
    assert looked(bot, 50) == []
    heard(bot, "chat_message", 1, "Ann", 60, text="stop recording")
    assert [given for given, _ in looked(bot, 61)] == [Action.STOP]


def test_what_cannot_be_deleted_yet_is_tried_again_for_a_day(send):
    bot = send(consent_no_does="delete")
    agreed(bot)
    heard(bot, "chat_message", 2, "Ben", 40, text="no")
    looked(bot, 41)
    bot.recordings.create(
        workspace=bot.workspace, recall_id=uuid.uuid4(), created_at=at(22), status="done",
        status_at=at(23),
    )  # fmt: skip
    other = bot.orders.create(
        action=Action.DELETE, token="x", created_at=NOW, due_at=NOW, expires_at=at(9999)
    )
    Erasure.objects.create(
        workspace=bot.workspace, bot=bot, order=other, what=Erasure.What.MEDIA, asked_at=NOW
    )
    told(bot, "done", 60)
    consents.look(bot.pk, now=at(61))
    bot.refresh_from_db()
    assert bot.consent_due_at == at(121)
    Erasure.objects.update(done_at=at(100))
    bot.orders.open().update(state="confirmed")
    assert [given for given, _ in looked(bot, 121)] == [Action.DELETE]


def test_what_was_refused_is_deleted_once_the_bot_is_over(send):
    bot = send(consent_no_does="delete")
    agreed(bot)
    bot.recordings.create(
        workspace=bot.workspace,
        recall_id=uuid.uuid4(),
        created_at=at(22),
        status="done",
        status_at=at(23),
    )
    heard(bot, "chat_message", 2, "Ben", 40, text="no")
    looked(bot, 41)
    told(bot, "call_ended", 50)
    assert looked(bot, 50) == []
    told(bot, "done", 60)
    assert [given for given, _ in looked(bot, 61)] == [Action.DELETE]
    assert looked(bot, 62) == []


def test_an_answer_that_is_told_twice_is_one(send):
    bot = send()
    in_call(bot)
    for _ in range(2):
        heard(bot, "chat_message", 1, "Ann", 20, text="yes")
    assert ConsentAnswer.objects.count() == 1


def test_the_record_says_who_when_and_by_which_message(send, bob):
    bot = send()
    in_call(bot)
    heard(bot, "chat_message", 1, "Ann", 20, text="yes", is_host=True)
    consents.confirm(bot, by=bob, now=at(30))
    head, ann, operator = agreement.record(Consent.objects.get(bot=bot))
    assert head[:4] == ["When (UTC)", "Who", "Host", "Answer"]
    assert ann[1:] == ["Ann", "yes", "yes", "yes", ""]
    assert operator[1:] == ["", "", "confirmed", "", "bob"]


def test_people_of_a_meeting_that_asks_nothing_are_left_alone(workspace, team):
    ask = policy.Ask(meeting_url=LINK)
    bot = actions.send(team, ask, by=None, token="f", now=NOW)
    heard(bot, "join", 1, "Ann", 5)
    assert not Participant.objects.exists()
