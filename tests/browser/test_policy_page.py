"""A lead changes the policy: slips are told while typing, presets fill in, history brings back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.steps import too_wide, unfold
from tests.test_pictures import jpeg

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def company(house: House) -> Company:
    """One whose policy nobody else changes."""
    return found(house, "policies", {"lena": "lead", "ada": "admin", "otto": "operator"})


def number(page: Page, name: str):
    return page.locator(f"#id_{name}")


def leaves_at(page: Page) -> float:
    """Where the time line says that a bot leaves by names, in per cent."""
    return float(page.locator("#timer-names .timer-goes").get_attribute("cx").rstrip("%"))


def save(page: Page, version: int) -> None:
    page.get_by_role("button", name=f"Save version {version}", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text(f"Saved as version {version}.")


def test_a_lead_loosens_a_timer_and_brings_it_back(company: Company, open_as) -> None:
    page = open_as(company, "lena", f"{company.home}policy/")
    said = page.locator("#said-names_for_s")
    number(page, "names_for_s").fill("5")
    expect(said).to_contain_text("This is too short: Recall takes 10 seconds or more.")
    expect(number(page, "names_for_s")).to_have_attribute("aria-invalid", "true")
    expect(number(page, "names_for_s")).to_be_focused()
    expect(number(page, "names_for_s")).to_have_value("5")
    expect(page.locator("#problems")).to_contain_text("By names")
    number(page, "names_for_s").fill("90")
    expect(said).not_to_contain_text("too short")
    expect(number(page, "names_for_s")).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#rule-names_for_s .reading")).to_have_text("1 min 30 s")
    expect(page.locator("#unsaved")).to_have_text("1 unsaved change")

    before = leaves_at(page)
    page.get_by_role("button", name="Safe", exact=True).click()
    expect(page.get_by_role("button", name="Safe")).to_have_attribute("aria-pressed", "true")
    numbers = {name: number(page, name).input_value() for name in ("names_after_s", "names_for_s")}
    assert numbers == {"names_after_s": "1200", "names_for_s": "180"}
    expect(number(page, "silence_for_s")).to_have_value("1200")
    assert leaves_at(page) > before * 1.5

    page.get_by_role("button", name="Try it").click()
    tried = page.get_by_role("region", name="Dry run")
    expect(tried).to_contain_text("No meeting to try it on yet")
    expect(number(page, "names_for_s")).to_have_value("180")
    page.get_by_label("Note: why").fill("People come late")
    save(page, 2)
    expect(page.locator(".words")).to_contain_text("People come late")
    page.get_by_role("link", name="History").click()
    second = page.locator("#version-2")
    expect(second).to_contain_text("by lena")
    expect(second).to_contain_text(re.compile(r"By names: leave after\s*10 s.*3 min", re.S))
    page.locator("#version-1").get_by_role("button", name="Restore version 1").click()
    expect(page.locator("#version-3")).to_contain_text("in force")
    page.get_by_role("link", name="Policy in force").click()
    expect(number(page, "names_for_s")).to_have_value("10")
    expect(page.get_by_role("button", name="Balanced")).to_have_attribute("aria-pressed", "true")


def test_words_that_come_back_disturb_nothing_that_is_typed(company: Company, open_as) -> None:
    page = open_as(company, "lena", f"{company.home}policy/")
    name = number(page, "bot_name")
    name.fill("")
    name.press_sequentially("Acme Scribe of the morning", delay=60)
    expect(page.locator(".words")).to_contain_text("Acme Scribe of the morning")
    expect(name).to_have_value("Acme Scribe of the morning")
    expect(name).to_be_focused()
    assert name.evaluate("field => field.selectionStart") == 26
    page.get_by_label("Live video (flv)").check()
    expect(page.locator("#said-rtmp_url")).to_contain_text("RTMP address it is sent to")
    expect(number(page, "rtmp_url")).to_be_visible()
    page.get_by_role("button", name="Bot name: back to").click()
    expect(name).to_have_value("Meeting Notetaker")
    expect(page.locator("#unsaved")).to_have_text("1 unsaved change")


def test_a_picture_shows_at_once(company: Company, open_as) -> None:
    page = open_as(company, "lena", f"{company.home}policy/")
    upload = page.locator("#id_picture")
    upload.set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"\x89PNG"})
    expect(page.locator("#said-bot_picture")).to_contain_text("no JPEG picture")
    picture = {"name": "bot.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    upload.set_input_files(picture)
    expect(page.get_by_role("img", name="The bot's picture")).to_be_visible()
    number(page, "names_for_s").fill("5")
    expect(page.locator("#said-names_for_s")).to_contain_text("too short")
    expect(page.get_by_role("img", name="The bot's picture")).to_be_visible()
    page.get_by_role("button", name="Remove picture").click()
    expect(page.get_by_role("img", name="The bot's picture")).to_have_count(0)


def test_an_admin_locks_a_section(company: Company, open_as) -> None:
    admin = open_as(company, "ada", f"{company.home}policy/workspace/")
    admin.locator("#section-start").get_by_label("Locked for all teams").check()
    expect(admin.locator("#unsaved")).to_have_text("1 unsaved change")
    save(admin, 2)
    page = open_as(company, "lena", f"{company.home}policy/")
    start = page.locator("#section-start")
    expect(start).to_contain_text("Locked by the workspace (version 2)")
    expect(start.get_by_role("radio")).to_have_count(0)
    looking = open_as(company, "otto", f"{company.home}policy/")
    expect(looking.locator("#section-leave")).to_contain_text("the bot leaves")
    expect(looking.locator("#policy-form")).to_have_count(0)
    admin.locator("#section-start").get_by_label("Locked for all teams").uncheck()
    save(admin, 3)


def test_enter_saves_and_fills_nothing_in(company: Company, open_as) -> None:
    page = open_as(company, "ada", f"{company.home}policy/workspace/")
    number(page, "silence_for_s").fill("900")
    number(page, "silence_for_s").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Saved as version 4.")
    expect(number(page, "silence_for_s")).to_have_value("900")


def test_it_works_without_javascript(company: Company, new_context) -> None:
    context = new_context(java_script_enabled=False)
    company.let_in(context, "lena")
    page = context.new_page()
    page.goto(f"{company.home}policy/")
    page.get_by_role("button", name="Aggressive", exact=True).click()
    expect(number(page, "names_after_s")).to_have_value("120")
    number(page, "names_for_s").fill("5")
    page.get_by_role("button", name=re.compile("^Save version")).click()
    expect(page.locator("#said-names_for_s")).to_contain_text("too short")
    expect(number(page, "names_for_s")).to_have_attribute("aria-invalid", "true")
    number(page, "names_for_s").fill("20")
    page.get_by_role("button", name=re.compile("^Save version")).click()
    expect(page.locator("#toasts")).to_contain_text("Saved as version")
    expect(number(page, "names_for_s")).to_have_value("20")


def test_it_fits_a_phone(company: Company, open_as) -> None:
    page = open_as(
        company, "ada", f"{company.home}policy/", viewport=PHONE, has_touch=True, is_mobile=True
    )
    unfold(page)
    assert not too_wide(page, PHONE["width"])
    number(page, "names_for_s").fill("5")
    expect(page.locator("#problems")).to_be_visible()
    assert not too_wide(page, PHONE["width"])
    page.goto(f"{company.home}policy/workspace/history/")
    assert not too_wide(page, PHONE["width"])


def test_the_bar_leaves_room_on_a_phone_and_what_was_tried_comes_into_view(
    company: Company, open_as
) -> None:
    page = open_as(
        company, "ada", f"{company.home}policy/", viewport=PHONE, has_touch=True, is_mobile=True
    )
    number(page, "silence_for_s").fill("1500")
    expect(page.locator("#unsaved")).to_have_text("1 unsaved change")
    bar = page.locator("#save-bar")
    note = page.get_by_label("Note: why")
    expect(note).to_be_hidden()
    box = bar.bounding_box()
    assert box is not None
    assert box["height"] < 80
    bar.locator("summary").tap()
    expect(note).to_be_visible()
    bar.locator("summary").tap()
    page.get_by_role("button", name="Try it").tap()
    expect(page.get_by_role("region", name="Dry run")).to_contain_text(
        "No meeting to try it on yet"
    )
    expect(page.locator("#dry-run h2")).to_be_in_viewport()


def test_lengths_are_typed_as_people_say_them(company: Company, open_as) -> None:
    page = open_as(company, "ada", f"{company.home}policy/")
    limit = number(page, "longest_s")
    limit.fill("soon")
    expect(page.locator("#said-longest_s")).to_contain_text("such as 90 min or 2 h")
    limit.fill("90")
    expect(page.locator("#rule-longest_s .reading")).to_have_text("1 h 30 min")
    expect(page.locator(".words")).to_contain_text("No recording is longer than 1 h 30 min.")
    page.get_by_role("button", name="No recording longer than: back to").click()
    expect(limit).to_have_value("")


def test_only_what_is_not_recalldashs_default_says_where_it_comes_from(
    company: Company, open_as
) -> None:
    page = open_as(company, "ada", f"{company.home}policy/")
    head = page.locator("#section-record .panel-head")
    expect(head).to_contain_text("Where nothing else is said: recalldash's default")
    origin = page.locator("#rule-layout .comes-from")
    expect(origin).to_have_text("recalldash's default")
    box = origin.bounding_box()
    assert box is not None
    assert box["width"] <= 1
    number(page, "silence_for_s").fill("840")
    page.get_by_role("button", name=re.compile("^Save version")).click()
    own = page.locator("#rule-silence_for_s .comes-from")
    expect(own).to_have_text(re.compile(r"^Everyone, version \d+$"))
    box = own.bounding_box()
    assert box is not None
    assert box["width"] > 100
