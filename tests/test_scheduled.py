"""A policy changes while bots are scheduled: which follow it, when, and which are told apart."""

import json

import httpx
import pytest

from bots import actions, conf, deciding, orders, own_addresses, policy, scheduled
from bots.lifecycle import Action
from bots.models import Bot, Order, Picture, PolicyVersion
from tests.orders.steps import Recall, bot_answer, carry_out, refusal
from tests.world import NOW, at, make_bot

pytestmark = pytest.mark.django_db
HOUR = 3600
ASKED = {"bot_name": "Scribe", "formats": frozenset({"audio_mixed_mp3"})}


@pytest.fixture
def recall(monkeypatch):
    recall = Recall()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(recall))
    return recall


@pytest.fixture
def sales(workspace):
    return workspace.default_team


def save(team, **own) -> PolicyVersion:
    return PolicyVersion.objects.save_team(team, own, by=None, now=NOW)


def send(team, seconds, token="form-1", **asked) -> Bot:
    link = f"https://meet.google.com/aaa-aaaa-aa{'xyz'[int(token[-1])]}"
    ask = policy.Ask(meeting_url=link, join_at=at(seconds), title=f"Review {token}", **asked)
    return actions.send(team, ask, by=None, token=token, now=NOW)


@pytest.fixture
def taken(sales, recall) -> Bot:
    """Scheduled in an hour, and Recall has it."""
    recall.answers = [bot_answer(201)]
    bot = send(sales, HOUR, **ASKED)
    carry_out(bot.orders.get())
    recall.requests.clear()
    bot.refresh_from_db()
    return bot


def update(team, seconds=2.0):
    return scheduled.update(team, None, at(seconds))


def test_it_tells_which_bots_a_change_reaches_and_why_not_the_others(sales, taken, a_bot):
    near = make_bot(
        taken.workspace, phase="scheduled", join_at=at(360), request=taken.request,
        policy=taken.policy, recall_id="4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b002",
    )  # fmt: skip
    stranger = make_bot(taken.workspace, phase="scheduled", join_at=at(2 * HOUR))
    make_bot(taken.workspace, phase="recording", policy=taken.policy, request=taken.request)
    make_bot(taken.workspace, phase="finished", cancelled_at=NOW, join_at=at(HOUR))
    assert [(each.bot, each.can, each.why_not) for each in scheduled.affected(sales, NOW)] == [
        (near, False, "Joins in 6 min: Recall changes nothing in the last ten minutes."),
        (taken, True, ""),
        (stranger, False, "Sent from elsewhere, under no policy."),
    ]


def test_it_sends_recall_the_change_and_takes_it_over_once_accepted(sales, taken, recall):
    before = dict(taken.request)
    version = save(sales, silence_for_s=77, join_message="Hello")
    result = update(sales)
    [order] = result.orders
    assert (result.updated, result.left, order.action) == ([taken], [], Action.UPDATE)
    taken.refresh_from_db()
    assert (taken.request, taken.policy.number) == (before, 1)
    recall.answers = [bot_answer()]
    carry_out(order, 3)
    assert (order.state, order.bot.policy) == ("confirmed", version)
    [request] = recall.requests
    body = json.loads(request.content)
    assert request.method == "PATCH"
    assert body["automatic_leave"]["silence_detection"]["timeout"] == 77
    assert body["chat"] == {"on_bot_join": {"send_to": "everyone", "message": "Hello"}}
    assert body["metadata"] == {"recalldash_order": "form-1", "recalldash_update": order.token}
    assert not {"meeting_url", "join_at"} & body.keys()
    # What was asked then still counts.
    assert (body["bot_name"], order.bot.name) == ("Scribe", "Scribe")
    assert body["recording_config"]["audio_mixed_mp3"] == {}
    assert order.bot.request == before | own_addresses.taken_out(body)
    assert order.bot.asked == {"bot_name": "Scribe", "formats": ["audio_mixed_mp3"]}


def test_it_lets_what_was_asked_give_way_where_the_policy_fixes_it(sales, taken, recall):
    save(sales, may_name=False, may_formats=False)
    [order] = update(sales).orders
    recall.answers = [bot_answer()]
    carry_out(order, 3)
    assert order.bot.name == "Meeting Notetaker"
    assert order.bot.request["recording_config"]["audio_mixed_mp3"] is None
    # A policy that leaves it to people again brings it back.
    save(sales)
    [order] = update(sales, 4).orders
    recall.answers = [bot_answer()]
    carry_out(order, 5)
    assert order.bot.name == "Scribe"


def test_it_leaves_the_bot_as_it_is_where_recall_refuses(sales, taken, recall):
    before = dict(taken.request)
    save(sales, silence_for_s=77)
    [order] = update(sales).orders
    recall.answers = [refusal(405, "update_bot_failed")]
    carry_out(order, 3)
    assert (order.state, order.bot.request, order.bot.policy.number) == ("refused", before, 1)
    report = scheduled.report(sales, NOW)
    assert (report.done, report.under_way) == (0, 0)
    assert report.failed == [
        (taken, "The bot is already on its way and can no longer be changed."),
    ]


def test_it_reports_what_is_done_and_what_is_under_way(sales, taken, recall):
    save(sales, silence_for_s=77)
    [order] = update(sales).orders
    assert scheduled.report(sales, NOW) == scheduled.Report(0, 1, [])
    recall.answers = [bot_answer()]
    carry_out(order, 3)
    assert scheduled.report(sales, NOW) == scheduled.Report(1, 0, [])
    assert scheduled.report(sales, at(10)) == scheduled.Report(0, 0, [])


def test_it_gives_up_when_the_last_ten_minutes_begin(sales, taken, recall):
    Bot.objects.filter(pk=taken.pk).update(join_at=at(660))
    save(sales, silence_for_s=77)
    [order] = update(sales).orders
    assert order.expires_at == at(60)
    carry_out(order, 61)
    assert (order.state, recall.requests) == ("expired", [])
    assert scheduled.report(sales, NOW).failed[0][1].startswith("It could not be carried out")


def test_it_tries_again_with_the_same_key(sales, taken, recall):
    save(sales, silence_for_s=77)
    [order] = update(sales).orders
    recall.answers = [refusal(429, headers={"Retry-After": "5"}), bot_answer()]
    carry_out(order, 3)
    assert order.state == "waiting"
    carry_out(order, 10)
    assert (order.state, len(set(recall.keys))) == ("confirmed", 1)


@pytest.mark.parametrize("happened", [True, False])
def test_it_looks_after_silence_whether_the_change_was_made(sales, taken, recall, happened):
    version = save(sales, silence_for_s=77)
    [order] = update(sales).orders
    recall.answers = [httpx.ReadTimeout("late")]
    carry_out(order, 3)
    assert (order.state, order.in_doubt, order.bot.policy.number) == ("waiting", True, 1)
    found = bot_answer().json()
    found["metadata"] = {"recalldash_update": order.token} if happened else {}
    recall.answers = [httpx.Response(200, json=found), bot_answer()]
    carry_out(order, 30)
    methods = [request.method for request in recall.requests]
    assert methods == (["PATCH", "GET"] if happened else ["PATCH", "GET", "PATCH"])
    assert (order.state, order.bot.policy) == ("confirmed", version)


def test_it_changes_at_once_what_recall_was_not_told_of(sales, recall):
    bot = send(sales, HOUR)
    key = bot.orders.get().key
    version = save(sales, silence_for_s=77, bot_name="Sales Notetaker")
    result = update(sales)
    assert (result.updated, result.orders, result.left) == ([bot], [], [])
    bot.refresh_from_db()
    assert (bot.policy, bot.name) == (version, "Sales Notetaker")
    assert bot.orders.get().key != key
    recall.answers = [bot_answer(201)]
    carry_out(bot.orders.get())
    sent = json.loads(recall.requests[0].content)
    assert own_addresses.taken_out(sent) == bot.request
    assert sent["automatic_leave"]["silence_detection"]["timeout"] == 77
    assert sent["metadata"]["recalldash_order"] == "form-1"


def test_it_changes_nothing_of_a_bot_that_recall_may_have_taken(sales, recall):
    bot = send(sales, HOUR)
    before = dict(bot.request)
    recall.answers = [httpx.ReadTimeout("late")]
    carry_out(bot.orders.get())
    save(sales, silence_for_s=77)
    assert update(sales).left == [(bot, scheduled.MAY_BE_SENT)]
    bot.refresh_from_db()
    assert bot.request == before


def test_it_changes_nothing_of_a_bot_that_is_just_being_sent(sales):
    bot = send(sales, HOUR)
    assert Order.objects.claim(bot.orders.get().pk, at(1), orders.LEASE)
    save(sales, silence_for_s=77)
    assert update(sales).left == [(bot, scheduled.BEING_SENT)]


def test_it_reports_a_bot_that_the_policy_forbids_and_cancels_it_not(sales, taken, recall):
    save(sales, title_words=["review"])
    result = update(sales)
    assert (result.updated, result.orders) == ([], [])
    [(bot, why)] = result.left
    assert bot == taken
    assert why == (
        "Meetings with “review” in the title are not recorded. "
        "This is the rule “Words that forbid recording” of team Sales, version 2."
    )
    taken.refresh_from_db()
    assert (taken.phase, taken.policy.number, recall.requests) == ("scheduled", 1, [])


def test_it_leaves_a_bot_the_place_it_was_given(sales, taken):
    """Limits of use hold for bots that are sent, not for those that were let in before."""
    other = send(sales, HOUR, token="form-2")
    save(sales, most_bots=1, silence_for_s=77)
    assert update(sales).updated == [taken, other]


def test_it_replaces_a_change_that_has_not_gone_out(sales, taken, recall):
    save(sales, silence_for_s=77)
    [first] = update(sales).orders
    save(sales, silence_for_s=88)
    [second] = update(sales, 3).orders
    first.refresh_from_db()
    assert first.state == "superseded"
    recall.answers = [bot_answer()]
    carry_out(second, 4)
    body = json.loads(recall.requests[0].content)
    assert body["automatic_leave"]["silence_detection"]["timeout"] == 88
    assert scheduled.report(sales, NOW) == scheduled.Report(1, 0, [])


def test_it_waits_for_a_change_that_is_going_out(sales, taken):
    save(sales, silence_for_s=77)
    [first] = update(sales).orders
    assert Order.objects.claim(first.pk, at(3), orders.LEASE)
    save(sales, silence_for_s=88)
    assert update(sales, 4).left == [(taken, scheduled.BEING_UPDATED)]


def test_it_leaves_alone_what_is_under_the_policy_in_force_or_of_another_team(sales, taken):
    other = taken.workspace.teams.create(name="Research")
    assert update(sales) == scheduled.Result([], [], [])
    save(sales, silence_for_s=77)
    assert update(other) == scheduled.Result([], [], [])


def test_it_is_withdrawn_when_the_bot_is_cancelled(sales, taken):
    save(sales, silence_for_s=77)
    [order] = update(sales).orders
    actions.order(taken, Action.CANCEL, by=None, now=at(3), confirmed=True)
    order.refresh_from_db()
    assert order.state == "superseded"
    save(sales, silence_for_s=88)
    assert update(sales, 4).left == [(taken, scheduled.CANCELLED)]


def test_it_puts_the_picture_in_when_the_change_goes_out(sales, taken, recall):
    kept = Picture.keep(taken.workspace, b"\xff\xd8 jpeg", width=1280, height=720)
    save(sales, bot_picture=kept.digest)
    [order] = update(sales).orders
    recall.answers = [bot_answer()]
    carry_out(order, 3)
    body = json.loads(recall.requests[0].content)
    assert body["automatic_video_output"]["in_call_recording"]["b64_data"] == "/9gganBlZw=="
    state = order.bot.request["automatic_video_output"]["in_call_recording"]
    assert state["b64_data"] == f"picture:{kept.digest}"


def test_a_change_says_null_for_what_is_gone():
    was = {"meeting_url": "a", "bot_name": "A", "zoom": {"x": 1}, "chat": {"y": 2}}
    now = {"meeting_url": "a", "bot_name": "B", "chat": None, "join_at": "2026-11-20T12:00:00Z"}
    assert deciding.changes(was, now) == {"bot_name": "B", "chat": None, "zoom": None}


def test_it_keeps_what_it_was_made_like(sales, taken, recall):
    """Settings of a bot made elsewhere, copied by "Send another", of which no policy speaks."""
    Bot.objects.filter(pk=taken.pk).update(request=taken.request | {"variant": {"zoom": "web"}})
    save(sales, silence_for_s=77)
    [order] = update(sales).orders
    assert order.body["request"]["variant"] == {"zoom": "web"}


def test_it_follows_one_bot_alone(sales, taken, recall):
    recall.answers = [bot_answer(201, bot_id="4f2b1c1e-0c58-4c5e-9a2e-6f1df2f0b003")]
    other = send(sales, 2 * HOUR, token="form-2")
    carry_out(other.orders.get())
    save(sales, silence_for_s=77)
    result = scheduled.update_one(taken, None, at(2))
    assert ([order.bot for order in result.orders], result.left) == ([taken], [])
    assert not other.orders.filter(action=Action.UPDATE).exists()


def test_a_bot_that_never_came_to_recall_keeps_the_request_it_was_to_be_sent_with(sales):
    bot = send(sales, HOUR)
    actions.withdraw(bot.orders.get(), by=None, now=NOW)
    bot.refresh_from_db()
    before = bot.request
    save(sales, silence_for_s=77)
    [(_, why_not)] = scheduled.update_one(bot, None, at(2)).left
    assert why_not == "This bot never came to Recall. Send another instead."
    bot.refresh_from_db()
    assert (bot.request, bot.policy.number) == (before, 1)


@pytest.mark.parametrize("happened", [True, False])
def test_it_looks_once_more_when_the_last_try_ended_in_silence(sales, taken, recall, happened):
    version = save(sales, silence_for_s=77)
    [order] = update(sales).orders
    recall.answers = [httpx.ReadTimeout("silence")]
    carry_out(order, 15 * 60 + 1)
    assert (order.state, order.in_doubt) == ("waiting", True)
    answer = bot_answer().json()
    answer["metadata"] = {deciding.UPDATE_MARK: order.token} if happened else {}
    recall.answers = [httpx.Response(200, json=answer)]
    carry_out(order, 15 * 60 + 5)
    assert recall.answers == []
    assert [request.method for request in recall.requests] == ["PATCH", "GET"]
    assert order.state == ("confirmed" if happened else "expired")
    assert order.bot.policy.number == (version.number if happened else 1)


def test_it_does_not_look_for_ever(sales, taken, recall):
    save(sales, silence_for_s=77)
    [order] = update(sales).orders
    # A look is tried several times.
    recall.answers = [httpx.ReadTimeout("silence"), *[httpx.ConnectError("nobody there")] * 9]
    carry_out(order, 15 * 60 + 1)
    carry_out(order, 15 * 60 + 5)
    assert (order.state, order.bot.policy.number) == ("expired", 1)


def test_a_bot_asks_for_consent_as_the_version_says_that_it_is_brought_under(sales, taken, recall):
    assert taken.consent_stage == ""
    save(sales, start_on="consent", consent_by="host")
    recall.answers = [bot_answer()]
    [order] = update(sales).orders
    carry_out(order, 3)
    taken.refresh_from_db()
    assert (taken.consent_stage, taken.consent.needs) == ("waiting", "host")
    save(sales, start_on="call_join")
    recall.answers = [bot_answer()]
    [order] = update(sales, 10.0).orders
    carry_out(order, 11)
    assert Bot.objects.get(pk=taken.pk).consent_stage == ""
