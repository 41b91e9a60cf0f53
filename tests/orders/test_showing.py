"""What bots show and play: said to Recall as it was ordered, with the bytes put in on the way."""

import base64
import json

import httpx
import pytest

from bots import actions, deciding, lifecycle, policy, showings, timeline
from bots.lifecycle import Action
from bots.lifecycle.showing import Shows, What
from bots.models import AuditEvent, Order, Picture, PolicyVersion, Sound
from bots.sounds import SILENCE
from tests.orders.steps import ask, bot_answer, carry_out, refusal
from tests.test_pictures import jpeg
from tests.test_sounds import frames
from tests.world import LINK, NOW, at, deliver, make_bot, status_event

pytestmark = pytest.mark.django_db

PAGE = {"place": "screen", "what": "page", "url": "https://example.com/board?token=secret"}


def sent_for(workspace, shows, **fields):
    """A bot in its call that was sent with that choice."""
    team = workspace.default_team
    version = PolicyVersion.objects.save_team(team, {"shows": shows}, by=None, now=NOW)
    ruling = deciding.rule(team, policy.Ask(meeting_url=fields.get("link", LINK)), now=NOW)
    bot = make_bot(workspace, policy=version, request=ruling.decision.create, **fields)
    return enter(bot)


def enter(bot):
    deliver(bot.workspace, status_event(bot, "in_call_recording", at(1)), when=at(1))
    bot.refresh_from_db()
    return bot


def a_picture(workspace, name="slide.jpg", place="camera"):
    kept = Picture.keep(workspace, jpeg(), width=1280, height=720)
    return {"place": place, "what": "picture", "picture": kept.digest, "name": name}


def a_sound(workspace):
    return {"sound": Sound.keep(workspace, frames(), lasts_s=0.1).digest, "name": "chime.mp3"}


def said(recall):
    """Each call to Recall: method, what it is about, decoded body."""
    return [
        (r.method, r.url.path.split("/")[-2], json.loads(r.content) if r.content else None)
        for r in recall.requests
    ]


def b64(data):
    return base64.b64encode(data).decode()


def done(recall, bot, action, body, answer=None):
    order = ask(bot, action, body=body)
    recall.answers = [answer or bot_answer(bot_id=str(bot.recall_id))]
    assert carry_out(order).state == Order.State.CONFIRMED
    return order


def now_shown(bot):
    return [(each.place, each.name) for each in showings.shown(bot.orders.order_by("pk"))]


NOTHING = httpx.Response(204)


def test_a_page_is_shown_and_stopped(recall, workspace):
    bot = sent_for(workspace, "pages")
    order = done(recall, bot, Action.SHOW, PAGE)
    assert now_shown(bot) == [("screen", "example.com")]
    done(recall, bot, Action.HIDE, {"place": "screen", "what": "page"}, NOTHING)
    assert now_shown(bot) == []
    page = {"kind": "webpage", "config": {"url": PAGE["url"]}}
    assert said(recall) == [
        ("POST", "output_media", {"screenshare": page}),
        ("DELETE", "output_media", {"camera": False, "screenshare": True}),
    ]
    told = timeline.entries(
        changes=[], orders=[order], paused_from=[], live=True, recorded=True, now=at(9)
    )
    assert told[0].title == "A rule: Show example.com as screen"
    assert "secret" not in f"{told}", "whoever looks on reads the host alone"


def test_pictures_go_out_with_their_bytes_and_are_kept_without(recall, workspace):
    bot = sent_for(workspace, "pictures")
    for place in ("camera", "screen"):
        done(recall, bot, Action.SHOW, a_picture(workspace, place=place))
    assert now_shown(bot) == [("screen", "slide.jpg"), ("camera", "slide.jpg")]
    for place in ("camera", "screen"):
        done(recall, bot, Action.HIDE, {"place": place, "what": "picture"}, NOTHING)
    body = {"kind": "jpeg", "b64_data": b64(jpeg())}
    assert said(recall) == [
        ("POST", "output_video", body),
        ("POST", "output_screenshare", body),
        ("DELETE", "output_video", None),
        ("DELETE", "output_screenshare", None),
    ]
    assert b64(jpeg()) not in str(list(bot.orders.values_list("body", flat=True)))


def test_a_sound_goes_out_with_its_bytes(recall, workspace):
    bot = sent_for(workspace, "sounds")
    order = done(recall, bot, Action.PLAY, a_sound(workspace))
    assert said(recall) == [("POST", "output_audio", {"kind": "mp3", "b64_data": b64(frames())})]
    assert str(order) == "Play chime.mp3"
    assert now_shown(bot) == []


def test_what_is_shown_in_a_place_takes_the_place_of_what_was(recall, workspace):
    bot = sent_for(workspace, "pages")
    for host in ("one.example", "two.example"):
        done(recall, bot, Action.SHOW, PAGE | {"url": f"https://{host}/"})
    assert now_shown(bot) == [("screen", "two.example")]


def test_both_places_may_be_on_their_way_at_once(recall, workspace):
    bot = sent_for(workspace, "pages")
    orders = [ask(bot, Action.SHOW, body=PAGE | {"place": place}) for place in ("screen", "camera")]
    assert len({order.pk for order in orders}) == 2
    recall.answers = [bot_answer(bot_id=str(bot.recall_id)) for _ in orders]
    for order in orders:
        assert carry_out(order).state == Order.State.CONFIRMED
    assert [body for *_, body in said(recall)][0].keys() == {"screenshare"}
    assert [place for place, _ in now_shown(bot)] == ["screen", "camera"]


@pytest.mark.parametrize("action", sorted(lifecycle.SEVERAL))
def test_of_these_the_database_takes_several_at_once(workspace, action):
    bot = make_bot(workspace)
    for _ in range(2):
        bot.orders.create(action=action, created_at=NOW, due_at=NOW, expires_at=NOW)
    assert bot.orders.open().count() == 2


def test_after_silence_it_is_said_again_under_the_same_key(recall, workspace):
    bot = sent_for(workspace, "pages")
    order = ask(bot, Action.SHOW, body=PAGE)
    recall.answers = [httpx.ReadTimeout("silence"), bot_answer(bot_id=str(bot.recall_id))]
    carry_out(order)
    assert order.state == Order.State.WAITING
    assert now_shown(bot) == []
    carry_out(order, seconds=20)
    assert len(set(recall.keys)) == 1
    assert now_shown(bot) == [("screen", "example.com")]


def test_what_nobody_confirmed_is_told_as_perhaps(recall, workspace):
    bot = sent_for(workspace, "pages")
    order = ask(bot, Action.SHOW, body=PAGE)
    recall.answers = [httpx.ReadTimeout("silence")]
    carry_out(order)
    assert carry_out(order, seconds=600).state == Order.State.EXPIRED
    [shown] = showings.shown(bot.orders.order_by("pk"))
    assert (shown.name, shown.sure) == ("example.com", False)


def test_what_recall_refuses_is_told_and_not_shown(recall, workspace):
    bot = sent_for(workspace, "pages")
    order = ask(bot, Action.SHOW, body=PAGE)
    recall.answers = [refusal(400, "cannot_mix_outputs")]
    assert carry_out(order).state == Order.State.REFUSED
    assert order.error
    assert now_shown(bot) == []


@pytest.mark.parametrize(
    ("shows", "action", "body", "said"),
    [
        ("pages", Action.SHOW, {"place": "roof", "what": "page"}, "the screen or the camera"),
        ("pages", Action.SHOW, {"place": "screen", "what": "sound"}, "a web page or a picture"),
        ("pages", Action.SHOW, {"place": "screen"}, "a web page or a picture"),
        ("pages", Action.SHOW, PAGE | {"url": "http://example.com"}, "begins with https://"),
        ("pages", Action.SHOW, {"place": "screen", "what": "page"}, "Paste the address"),
        ("pages", Action.SHOW, {"place": "screen", "what": "picture"}, "Pictures and sounds are"),
        ("pages", Action.PLAY, {"sound": "0"}, "Pictures and sounds are off"),
        ("pages", Action.HIDE, {"place": "roof", "what": "page"}, "the screen or the camera"),
        ("pages", Action.HIDE, {"place": "screen"}, "what is to be stopped"),
        ("pictures", Action.SHOW, PAGE, "Web pages and sounds are off"),
        ("pictures", Action.PLAY, {"sound": "0"}, "Web pages and sounds are off"),
        (
            "pictures",
            Action.SHOW,
            {"place": "screen", "what": "picture", "picture": "0" * 64},
            "Choose a picture",
        ),
        ("sounds", Action.SHOW, PAGE, "Web pages are off"),
        ("sounds", Action.PLAY, {"sound": "0" * 64}, "Choose a sound"),
        ("sounds", Action.PLAY, {}, "Choose a sound"),
    ],
)
def test_what_makes_no_sense_never_goes_out(workspace, shows, action, body, said):
    bot = sent_for(workspace, shows)
    with pytest.raises(actions.NotNow, match=said):
        ask(bot, action, body=body)
    assert not bot.orders.exists()


def test_pictures_and_sounds_of_others_are_as_if_there_were_none(workspace, charlie):
    theirs = charlie.memberships.get().workspace
    bot = sent_for(workspace, "sounds")
    for action, body in (
        (Action.SHOW, a_picture(theirs)),
        (Action.PLAY, a_sound(theirs)),
    ):
        with pytest.raises(actions.NotNow, match="Choose a"):
            ask(bot, action, body=body)


@pytest.mark.parametrize("code", ["joining_call", "in_waiting_room", "call_ended", "done"])
@pytest.mark.parametrize("action", [Action.SHOW, Action.HIDE, Action.PLAY])
def test_nothing_is_shown_outside_of_the_call(workspace, code, action):
    bot = make_bot(workspace)
    deliver(workspace, status_event(bot, code, at(1)), when=at(1))
    bot.refresh_from_db()
    with pytest.raises(actions.NotNow):
        ask(bot, action, body=PAGE)


def test_it_is_in_the_audit_log_with_who_and_what(workspace, bob):
    bot = sent_for(workspace, "pages")
    actions.order(bot, Action.SHOW, by=bob, now=NOW, body=PAGE)
    event = AuditEvent.objects.latest("pk")
    assert (event.by, event.what) == (bob, "Show example.com as screen: Weekly review")
    assert "secret" not in f"{event.what} {event.detail}"


@pytest.mark.parametrize(
    ("config", "shows"),
    [
        ({}, Shows.PICTURES),
        ({"automatic_audio_output": {"in_call_recording": {"data": {}}}}, Shows.SOUNDS),
        ({"output_media": {"camera": {"kind": "webpage"}}}, Shows.PAGES),
    ],
)
def test_of_a_bot_made_elsewhere_recall_tells_the_choice(workspace, config, shows):
    assert showings.shows_of(make_bot(workspace, config=config)) is shows


def test_a_native_bot_on_zoom_plays_no_sounds(workspace):
    bot = sent_for(workspace, "sounds", link="https://zoom.us/j/93847561234")
    assert not showings.why_not(bot)[What.SOUND]
    bot.request |= {"variant": {"zoom": "native"}}
    assert "native Zoom bots" in showings.why_not(bot)[What.SOUND]


def test_what_was_chosen_in_sending_counts_before_the_policy(workspace):
    bot = sent_for(workspace, "pictures")
    bot.asked = {"shows": "pages"}
    assert showings.shows_of(bot) is Shows.PAGES
    bot.policy = PolicyVersion.objects.save_team(
        workspace.default_team, {"shows": "sounds", "may_show": False}, by=None, now=NOW
    )
    assert showings.shows_of(bot) is Shows.SOUNDS, "what the policy fixes, nobody has chosen"


def test_a_bot_is_created_with_a_silent_sound_that_is_not_kept_with_it(recall, workspace):
    PolicyVersion.objects.save_team(workspace.default_team, {"shows": "sounds"}, by=None, now=NOW)
    ask_for = policy.Ask(meeting_url=LINK)
    bot = actions.send(workspace.default_team, ask_for, by=None, token="form-1", now=NOW)
    recall.answers = [bot_answer(201)]
    carry_out(bot.orders.get())
    [(method, _, body)] = said(recall)
    silence = {"data": {"kind": "mp3", "b64_data": b64(SILENCE)}}
    assert method == "POST"
    assert body["automatic_audio_output"] == {"in_call_recording": silence}
    assert b64(SILENCE) not in str(bot.request)
    assert bot.request["automatic_audio_output"]["in_call_recording"]["data"]["b64_data"] == (
        policy.SILENCE
    )
