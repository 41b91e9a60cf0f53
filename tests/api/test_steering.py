"""What programs order: given once, in the token's name, refused with the reason."""

import pytest

from bots.lifecycle import Action
from bots.models import AuditEvent, Bot, Order
from tests.api.conftest import Program, refusal
from tests.world import NOW, make_bot, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def paused(a_bot):
    return a_bot("in_call_recording", paused=True)


def ordered(answer) -> Order:
    assert answer.status_code == 202, answer.content
    return Order.objects.get(pk=answer.json()["id"])


@pytest.mark.parametrize(
    ("word", "action"), [("pause", "pause"), ("stop", "stop"), ("leave", "leave")]
)
def test_it_orders_what_a_button_does(program, bot, word, action):
    order = ordered(program.post(f"bots/{bot.pk}/{word}/"))
    assert (order.bot, order.action, order.state) == (bot, action, "waiting")
    assert (order.by, order.given_by) == (None, "API token “CRM sync”")


def test_it_resumes(program, paused):
    assert ordered(program.post(f"bots/{paused.pk}/resume/", {})).action == Action.RESUME


def test_it_cancels_a_scheduled_bot(program, workspace):
    bot = make_bot(workspace, phase="scheduled")
    assert refusal(program.post(f"bots/{bot.pk}/leave/")) == (409, "not_now")
    assert ordered(program.post(f"bots/{bot.pk}/cancel/")).action == Action.CANCEL


def test_the_worker_is_woken(program, bot, monkeypatch):
    woken = []
    monkeypatch.setattr("bots.tasks.wake_order", woken.append)
    assert woken == [] and ordered(program.post(f"bots/{bot.pk}/pause/")) in woken  # noqa: PT018


def test_the_log_and_the_timeline_say_whose_order_it_is(program, bot, as_alice):
    ordered(program.post(f"bots/{bot.pk}/pause/"))
    event = AuditEvent.objects.get(verb="order.given")
    assert event.detail["given_by"] == "API token “CRM sync”"
    assert (
        "API token “CRM sync”</strong> ordered" in as_alice.get("/w/acme/audit/").content.decode()
    )
    page = as_alice.get(f"/w/acme/bots/{bot.pk}/").content.decode()
    assert "API token “CRM sync”: Pause recording" in page


def test_what_is_not_possible_now_is_refused_with_the_reason(program, paused):
    answer = program.post(f"bots/{paused.pk}/pause/")
    assert refusal(answer) == (409, "not_now")
    assert answer.json()["error"]["message"] == "The recording is paused already."
    assert not Order.objects.exists()


def test_starting_where_nothing_is_recorded_needs_no_word_more(program, a_bot):
    bot = a_bot("in_call_not_recording")
    order = ordered(program.post(f"bots/{bot.pk}/start/"))
    assert order.body["start_recording_on"]


def test_starting_again_asks_first(program, bot):
    answer = program.post(f"bots/{bot.pk}/start/", {})
    assert refusal(answer) == (409, "confirm")
    question = answer.json()["error"]["question"]
    assert question["question"] == "Start recording again?"
    assert "overwrites" in question["warning"]
    assert question["instead"] == "pause"
    assert not Order.objects.exists()
    order = ordered(program.post(f"bots/{bot.pk}/start/", {"confirm": True}))
    assert order.may_overwrite


def test_it_starts_with_what_the_bot_was_sent_to_record(program, a_bot):
    request = {"recording_config": {"video_mixed_mp4": {}, "transcript": None}}
    bot = a_bot("in_call_not_recording", request=request)
    body = ordered(program.post(f"bots/{bot.pk}/start/")).body
    assert body["video_mixed_mp4"] == {}
    assert body["audio_mixed_mp3"] is None


@pytest.mark.parametrize("said", ["yes", 1, None, "true"])
def test_a_confirmation_is_true_and_nothing_like_it(program, bot, said):
    answer = program.post(f"bots/{bot.pk}/start/", {"confirm": said})
    assert refusal(answer) == (400, "invalid")


def test_a_message_goes_into_the_chat(program, bot):
    order = ordered(program.post(f"bots/{bot.pk}/messages/", {"message": " Hello\r\nall "}))
    assert order.action == Action.SAY
    assert order.body == {"message": "Hello\nall", "to": "everyone", "pin": False}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"message": "  "}, "Write what the bot shall say."),
        ({"message": "x" * 501}, "takes 500 characters at most; this has 501."),
        ({"message": "Hi", "to": "host"}, "a bot writes to everyone"),
        ({}, "“message” is missing."),
        ({"message": 5}, "“message” should be a valid string."),
        ({"message": "Hi", "pin": "yes"}, "“pin” should be a valid boolean."),
    ],
)
def test_a_message_that_the_platform_does_not_take_is_refused(program, bot, body, sentence):
    answer = program.post(f"bots/{bot.pk}/messages/", body)
    assert refusal(answer) == (400, "invalid")
    assert sentence in answer.json()["error"]["message"]
    assert not Order.objects.exists()


def test_a_message_goes_to_one_person_who_is_there(program, a_bot):
    bot = a_bot("in_call_recording", link="https://zoom.us/j/8412345678")
    bot.participants.create(number=7, name="Ann")
    assert ordered(program.post(f"bots/{bot.pk}/messages/", {"message": "Hi", "to": "7"}))
    for nobody in ("8", "9" * 19, "٣"):
        answer = program.post(f"bots/{bot.pk}/messages/", {"message": "Hi", "to": nobody})
        assert refusal(answer) == (400, "invalid")


def test_where_bots_cannot_write_it_says_so(program, a_bot):
    bot = a_bot("in_call_recording", link="https://acme.webex.com/meet/ann")
    answer = program.post(f"bots/{bot.pk}/messages/", {"message": "Hi"})
    assert refusal(answer) == (409, "not_now")
    assert "Webex" in answer.json()["error"]["message"]


def test_the_same_key_is_the_same_order(program, bot):
    first = program.post(f"bots/{bot.pk}/messages/", {"message": "Hi"}, Idempotency_Key="one")
    again = program.post(f"bots/{bot.pk}/messages/", {"message": "Hi"}, Idempotency_Key="one")
    other = program.post(f"bots/{bot.pk}/messages/", {"message": "Hi"}, Idempotency_Key="two")
    assert ordered(first) == ordered(again)
    assert ordered(other) != ordered(first)
    assert Order.objects.count() == 2


def test_the_same_key_is_the_same_order_also_once_it_is_done(program, bot):
    order = ordered(program.post(f"bots/{bot.pk}/leave/", Idempotency_Key="one"))
    order.finish(Order.State.CONFIRMED, now=NOW)
    Bot.objects.update(phase="finished", code="done")
    assert ordered(program.post(f"bots/{bot.pk}/leave/", Idempotency_Key="one")) == order


def test_a_key_is_for_one_thing(program, bot):
    ordered(program.post(f"bots/{bot.pk}/messages/", {"message": "Hi"}, Idempotency_Key="one"))
    for word, body in (("messages", {"message": "Ho"}), ("pause", None)):
        answer = program.post(f"bots/{bot.pk}/{word}/", body, Idempotency_Key="one")
        assert refusal(answer) == (409, "key_used")
    assert Order.objects.count() == 1


def test_keys_of_two_tokens_never_meet(program, make_token, bot):
    other = Program(make_token(name="Other")[1])
    for each in (program, other):
        each.post(f"bots/{bot.pk}/messages/", {"message": "Hi"}, Idempotency_Key="one")
    assert Order.objects.count() == 2


def test_a_key_can_not_be_what_a_page_s_form_said(program, bot, as_bob):
    as_bob.post(f"/w/acme/bots/{bot.pk}/chat/", {"message": "Hi", "token": "one"})
    program.post(f"bots/{bot.pk}/messages/", {"message": "Hi"}, Idempotency_Key="one")
    assert Order.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_length(program, bot, key):
    answer = program.post(f"bots/{bot.pk}/pause/", Idempotency_Key=key)
    assert refusal(answer) == (400, "invalid")
    assert answer.json()["error"]["fields"][0]["field"] == "Idempotency-Key"


def test_without_a_key_an_order_that_is_open_is_that_one(program, bot):
    assert ordered(program.post(f"bots/{bot.pk}/pause/")) == ordered(
        program.post(f"bots/{bot.pk}/pause/")
    )


def test_after_a_leave_nothing_else_is_ordered(program, bot):
    ordered(program.post(f"bots/{bot.pk}/leave/"))
    answer = program.post(f"bots/{bot.pk}/pause/")
    assert refusal(answer) == (409, "not_now")
    assert "has told this bot to leave" in answer.json()["error"]["message"]


@pytest.mark.parametrize("word", ["messages", "pause", "leave"])
def test_nothing_is_ordered_of_a_bot_that_the_token_may_not_see(program, make_token, bot, word):
    theirs = make_bot(make_workspace("globex"), phase="recording")
    research = Program(make_token(name="R", teams=[bot.workspace.teams.create(name="R")])[1])
    for who, which in ((program, theirs), (research, bot)):
        answer = who.post(f"bots/{which.pk}/{word}/", {"message": "Hi"} if word[0] == "m" else {})
        assert refusal(answer) == (404, "not_found")
    assert not Order.objects.exists()


@pytest.mark.parametrize("stage", ["waiting", "asking", "listening", "declined"])
def test_a_program_vouches_for_nobody(program, a_bot, stage):
    bot = a_bot("in_call_not_recording", consent_stage=stage)
    answer = program.post(f"bots/{bot.pk}/start/", {"confirm": True})
    assert refusal(answer) == (409, "not_now")
    assert "Only a person can vouch" in answer.json()["error"]["message"]
    Bot.objects.filter(pk=bot.pk).update(consent_stage="given")
    assert ordered(program.post(f"bots/{bot.pk}/start/"))


def test_what_was_declined_is_not_resumed_by_a_program(program, paused):
    Bot.objects.filter(pk=paused.pk).update(consent_stage="declined")
    assert refusal(program.post(f"bots/{paused.pk}/resume/")) == (409, "not_now")


def test_while_people_are_asked_by_the_chat_it_is_not_stopped(program, bot):
    Bot.objects.filter(pk=bot.pk).update(consent_stage="listening")
    for word in ("pause", "stop"):
        assert refusal(program.post(f"bots/{bot.pk}/{word}/")) == (409, "not_now")
