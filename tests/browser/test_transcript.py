"""A long transcript in a browser: read along, clicked, searched, loaded far away, taken along."""

import json
import re
from pathlib import Path

import pysubs2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, eventually, found
from tests.browser.house import House
from tests.browser.steps import film, film_time_s

NAME = "Stand-up notes"
LINES = 1_200

# In place of what the sandbox tells of a meeting: a line for each half second of its film.
_LONG = f"""
from django.utils import timezone
from bots.models import Recording, Transcript
recording = Recording.objects.filter(
    workspace__slug="demo-words", bot__name="{NAME}", transcripts__isnull=False
).order_by("-created_at").first()
if recording is None:
    print("none yet")
else:
    kept = Transcript.objects.best(recording)
    Transcript.objects.keep(
        recording,
        [
            {{
                "speaker": ["Priya", "Jun"][n // 3 % 2],
                "start_s": n * 0.5,
                "end_s": n * 0.5 + 0.4,
                "text": f"Line {{n}} of the talk" + (" about porcupines" if n % 500 == 7 else ""),
            }}
            for n in range({LINES})
        ],
        now=timezone.now(),
        artifact=kept.artifact,
    )
    print(recording.pk)
"""


@pytest.fixture(scope="module")
def company(house: House) -> Company:
    return found(house, "demo-words", ["olga"])


@pytest.fixture(scope="module")
def address(house: House, company: Company) -> str:
    """The page of a recording in which twelve hundred lines were said."""

    def made() -> str:
        told = house.manage("shell", "-v", "0", "-c", _LONG).split()[-1]
        return told if told.isdecimal() else ""

    return f"{company.home}recordings/{eventually(made, within_s=60)}/"


def line(page: Page, n: int):
    return page.locator(f"#said-{n}")


def ready(page: Page) -> None:
    eventually(lambda: film(page).evaluate("film => film.duration > 0"), within_s=60)
    film(page).evaluate("film => { film.muted = true; }")


def test_it_is_read_along_clicked_and_followed_far(company: Company, address: str, open_as) -> None:
    page = open_as(company, "olga", address)
    ready(page)
    line(page, 20).get_by_role("link").click()
    eventually(lambda: abs(film_time_s(page) - 10) < 2)
    eventually(lambda: page.locator("[data-lines] li[aria-current]").count() == 1)
    expect(line(page, 20)).not_to_have_attribute("aria-current", "true", timeout=15_000)
    assert line(page, 600).count() == 0
    film(page).evaluate("film => { film.pause(); film.currentTime = 300; }")
    expect(line(page, 600)).to_be_in_viewport(timeout=15_000)
    expect(line(page, 600)).to_have_attribute("aria-current", "true")


def test_what_follows_is_loaded_as_it_is_scrolled_to(
    company: Company, address: str, open_as
) -> None:
    page = open_as(company, "olga", f"{address}?t=300")
    expect(line(page, 600)).to_be_in_viewport()
    assert line(page, 400).count() == 0
    box = page.locator("[data-lines]")
    for way, n in (("box => { box.scrollTop = box.scrollHeight; }", 800),
                   ("box => { box.scrollTop = 0; }", 500)):  # fmt: skip
        eventually(lambda way=way, n=n: (box.evaluate(way), line(page, n).count())[1], within_s=45)
    places = page.locator("[data-lines] li").evaluate_all("all => all.map(li => +li.dataset.n)")
    assert places == list(range(places[0], places[-1] + 1))


def test_it_is_searched_from_one_end_to_the_other(company: Company, address: str, open_as) -> None:
    page = open_as(company, "olga", address)
    field = page.get_by_role("searchbox", name="Search the transcript")
    field.fill("porcupines")
    expect(page.get_by_text("3 lines with “porcupines”")).to_be_visible()
    steps = page.locator("[data-steps] [data-found]")
    for keys, told, n in (
        ("Enter", "1 of 3", 7), ("Enter", "2 of 3", 507), ("Enter", "3 of 3", 1007),
        ("Enter", "1 of 3", 7), ("Shift+Enter", "3 of 3", 1007),
    ):  # fmt: skip
        field.press(keys)
        expect(steps).to_have_text(told)
        expect(line(page, n)).to_be_in_viewport()
        expect(line(page, n).locator("mark")).to_have_text("porcupines")


def test_the_workspace_is_searched_and_leads_to_the_moment(
    company: Company, address: str, open_as
) -> None:
    page = open_as(company, "olga")
    page.locator("h1").click()
    page.keyboard.press("s")
    page.keyboard.type('"talk about porc')
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=**")
    page.get_by_role("searchbox", name="Search what was said").fill("about porcupines")
    hit = page.get_by_role("link", name=re.compile("Line 507 "))
    hit.click()
    page.wait_for_url("**t=253.5**")
    expect(line(page, 507)).to_be_in_viewport()
    ready(page)
    eventually(lambda: abs(film_time_s(page) - 253.5) < 2)


def test_every_export_is_a_file_that_others_read(
    company: Company, address: str, open_as, tmp_path: Path
) -> None:
    page = open_as(company, "olga", address)
    for label, ending in (("SRT", "srt"), ("WebVTT", "vtt"), ("JSON", "json"), ("CSV", "csv")):
        with page.expect_download() as download:
            page.locator(".said-endings").get_by_role("link", name=label).click()
        path = tmp_path / f"said.{ending}"
        download.value.save_as(path)
        assert download.value.suggested_filename.endswith(f".{ending}")
        text = path.read_text()
        if ending in ("srt", "vtt"):
            assert len(pysubs2.SSAFile.from_string(text, format_=ending)) == LINES
        elif ending == "json":
            assert json.loads(text)[7]["text"] == "Line 7 of the talk about porcupines"
        else:
            assert len(text.splitlines()) == LINES + 1
