"""Who was at a meeting, for how long, and who of them is probably a notetaker, and why."""

import pytest

from bots import attendance, lanes
from tests.world import at, make_bot, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    """Ann speaks and leaves after ten minutes; others stay for five more."""
    workspace = make_workspace(notetaker_names=["otter"])
    bot = make_bot(workspace)
    events = []

    def come(name, *deeds, **fields):
        person = bot.participants.create(number=bot.participants.count(), name=name, **fields)
        events.extend(lanes.Seen(person.pk, action, at(second)) for action, second in deeds)
        return person

    def told(end=900, paused=()):
        people = list(bot.participants.order_by("number"))
        rows = attendance.attendees(bot, people, events, paused=list(paused), end=at(end))
        return {str(row.person): row for row in rows}

    come("Ann", ("join", 0), ("speech_on", 10), ("speech_off", 70), ("leave", 600))
    come.told = told
    return come


def test_it_tells_how_long_each_was_there_spoke_and_shared(meeting):
    meeting("Bob", ("join", 60), ("screenshare_on", 100), ("screenshare_off", 130), ("leave", 360))
    told = meeting.told()
    assert (told["Ann"].present_s, told["Ann"].spoke_s, told["Ann"].why) == (600, 60, "")
    assert (told["Bob"].present_s, told["Bob"].shared_s, told["Bob"].spoke_s) == (300, 30, 0)


def test_it_hears_nobody_in_a_pause(meeting):
    pause = lanes.Span(at(20), at(50))
    assert meeting.told(paused=[pause])["Ann"].spoke_s == 30


def test_it_knows_a_notetaker_by_the_list(meeting):
    meeting("OtterPilot", ("join", 0), ("leave", 100))
    row = meeting.told()["OtterPilot"]
    assert (row.entry, "“otter” is among the notetaker names" in row.why) == ("otter", True)


def test_it_takes_whoever_spoke_for_a_person_whatever_the_name(meeting):
    meeting("Otter Jones", ("join", 0), ("speech_on", 5), ("speech_off", 9))
    row = meeting.told()["Otter Jones"]
    assert (row.entry, row.why) == ("otter", "")


def test_it_knows_a_notetaker_by_its_silence(meeting):
    meeting("Scribe", ("join", 0))
    meeting("Scribe two", ("join", 0), ("leave", 100))
    told = meeting.told()
    assert told["Scribe"].why.endswith("stayed 5:00 longer than anybody who did.")
    assert told["Scribe"].also == ("Scribe two",)
    assert told["Scribe two"].why == ""


@pytest.mark.parametrize(
    ("name", "fields"),
    [("Hana", {"is_host": True}), ("+1 555 0100", {}), ("", {}), ("Mia", {"email": "M@x.example"})],
)
def test_it_suspects_no_host_no_telephone_and_no_member(meeting, name, fields, django_user_model):
    person = meeting(name, ("join", 0), **fields)
    workspace = person.bot.workspace
    user = django_user_model.objects.create_user("mia", "m@x.example", "a long secret")
    workspace.memberships.create(user=user, role="viewer")
    assert meeting.told()[str(person)].why == ""


def test_it_suspects_nobody_where_nobody_took_part(workspace):
    bot = make_bot(workspace)
    person = bot.participants.create(number=1, name="Scribe")
    events = [lanes.Seen(person.pk, "join", at(0))]
    [row] = attendance.attendees(bot, [person], events, paused=[], end=at(900))
    assert row.why == ""
