"""The player's arithmetic, as the browser runs it: a moment of the recording, and of its film."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

SCRIPT = Path(__file__).parents[2] / "static" / "js" / "film.js"
# A recording of 100 s, paused from 20 to 30 and from 60 to 80.
PAUSES = [[60, 80], [20, 30]]


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def film(page: Page, duration_s: float, moments: list[float], *, pauses=PAUSES, total_s=100):
    """(cut, scale, film's time of each moment, and back again)."""
    source = base64.b64encode(SCRIPT.read_bytes()).decode()
    return page.evaluate(
        """async ([source, total, pauses, duration, moments]) => {
            const { film } = await import(`data:text/javascript;base64,${source}`);
            const map = film(total, pauses, duration);
            const round = (x) => Math.round(x * 1000) / 1000;
            const there = moments.map(map.filmS);
            const back = there.map(map.recordingS);
            return [map.cut, round(map.scale), there.map(round), back.map(round)];
        }""",
        [source, total_s, pauses, duration_s, moments],
    )


def test_it_cuts_the_pauses_out_of_a_film_without_them(page):
    cut, scale, there, back = film(page, 70.4, [10, 25, 40, 70, 90, 100])
    assert (cut, scale) == (True, 1)
    assert there == [10, 20, 30, 50, 60, 70]
    # A moment inside a pause comes back as the end of that pause: nothing shows it.
    assert back == [10, 30, 40, 80, 90, 100]


def test_it_leaves_the_pauses_in_a_film_that_shows_them_black(page):
    cut, scale, there, back = film(page, 99.2, [10, 25, 70, 99])
    assert (cut, scale) == (False, 1)
    assert there == back == [10, 25, 70, 99]


def test_it_changes_nothing_without_pauses(page):
    assert film(page, 100, [0, 50, 100], pauses=[]) == [False, 1, [0, 50, 100], [0, 50, 100]]


def test_it_stretches_a_film_in_quick_motion(page):
    cut, scale, there, back = film(page, 60, [0, 1800, 3600], pauses=[], total_s=3600)
    assert (cut, scale) == (False, 0.017)
    assert (there, back) == ([0, 30, 60], [0, 1800, 3600])


def test_it_stays_inside_the_film(page):
    _, _, there, _ = film(page, 70, [-5, 500])
    assert there == [0, 70]


def test_it_believes_the_film_where_nobody_knows_how_long_the_recording_was(page):
    _, _, there, back = film(page, 33, [5], pauses=[], total_s=0)
    assert (there, back) == ([5], [5])


def test_it_takes_the_transcripts_seconds_as_those_of_the_file(page):
    source = base64.b64encode(SCRIPT.read_bytes()).decode()
    assert page.evaluate(
        """async ([source, pauses]) => {
            const { film } = await import(`data:text/javascript;base64,${source}`);
            const cut = film(100, pauses, 70);
            const quick = film(3600, [], 60);
            return [cut.lineS(45), cut.saidS(45), cut.lineS(99), quick.lineS(1800)];
        }""",
        [source, PAUSES],
    ) == [45, 45, 70, 30]
