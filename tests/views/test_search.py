"""Searching what was said in all meetings of a workspace."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from bots.models import Recording, Transcript
from bots.views.search import ON_A_PAGE
from tests.world import make_bot

URL = "/w/acme/search/"


@pytest.fixture
def talk(workspace):
    def make(*lines, days_ago=0, speaker="Ann", **fields):
        bot = make_bot(workspace, **fields)
        met_at = timezone.now() - timedelta(days=days_ago)
        recording = Recording.objects.create(
            workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status_at=met_at,
            created_at=met_at,
        )  # fmt: skip
        told = [
            {"speaker": speaker, "start_s": n * 60.0, "end_s": n * 60.0 + 5, "text": text}
            for n, text in enumerate(lines)
        ]
        Transcript.objects.keep(recording, told, now=met_at)
        return recording

    return make


def page(client, **query):
    return client.get(URL, query).content.decode()


def test_it_leads_to_the_moment(as_vera, talk):
    recording = talk("nothing", "the <b>budget</b> is fine", title="Board & co")
    found = page(as_vera, q="budg")
    assert f'href="/w/acme/recordings/{recording.pk}/?t=60.00#transcript"' in found
    assert "the &lt;b&gt;<mark>budget</mark>&lt;/b&gt; is fine" in found
    assert ("Board &amp; co" in found, "1:00" in found) == (True, True)


def test_the_newest_meeting_comes_first_and_pages_lose_nothing(as_vera, talk):
    for day in range(3):
        talk(*[f"budget {day}-{n:02}" for n in range(25)], days_ago=day)
    seen, url = [], f"{URL}?q=budget"
    while url:
        answer = as_vera.get(url)
        seen += [hit["passage"].text for hit in answer.context["hits"]]
        after = answer.context["page"].after
        url = after and f"{URL}?q=budget&after={after}"
    assert seen == [f"budget {day}-{n:02}" for day in range(3) for n in range(25)]
    assert len(seen) > 2 * ON_A_PAGE
    assert as_vera.get(URL, {"q": "budget", "after": "made:up"}).status_code == 400


def test_it_is_narrowed_by_speaker_team_and_day(as_vera, talk, workspace):
    other = workspace.teams.create(name="Research")
    talk("budget of Ann", days_ago=9)
    talk("budget of Bob", speaker="Bob <i>", team=other)
    recent = (timezone.now() - timedelta(days=2)).date().isoformat()
    for query, found in [
        ({}, {"Ann", "Bob"}),
        ({"speaker": "bob"}, {"Bob"}),
        ({"team": other.pk}, {"Bob"}),
        ({"since": recent}, {"Bob"}),
        ({"until": recent}, {"Ann"}),
        ({"since": "2999-01-01"}, set()),
        ({"speaker": "nobody"}, set()),
    ]:
        text = page(as_vera, q="budget", **query)
        assert set(re.findall(r"</mark> of (\w+)", text)) == found, query


def test_it_finds_meetings_by_title(as_vera, talk):
    talk("hello", title="Quarterly budget")
    assert "Quarterly budget" in page(as_vera, q="budget").split('id="bots-title"')[1]


def test_it_says_what_can_be_done_where_there_is_nothing(as_vera, talk):
    assert "Find the moment" in page(as_vera)
    assert "Find the moment" in page(as_vera, q="?!")
    assert "Try fewer words" in page(as_vera, q="nothing")
    assert "Search without filters" in page(as_vera, q="nothing", speaker="Ann")


def test_htmx_gets_the_list_alone(as_vera, talk):
    piece = as_vera.get(URL, {"q": "x"}, headers={"HX-Request": "true"}).content.decode()
    assert piece.strip().startswith('<div id="found">')


def test_every_page_has_the_field(as_vera, workspace):
    assert f'action="{URL}"' in as_vera.get("/w/acme/").content.decode()


def test_it_asks_the_database_as_often_whatever_it_finds(
    as_vera, talk, django_assert_max_num_queries
):
    for _ in range(3):
        talk(*["budget"] * 20)
    page(as_vera, q="budget")
    with django_assert_max_num_queries(14):
        page(as_vera, q="budget")
