"""A token in a real browser and a program that uses it: made, seen once, used, revoked."""

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.browser.company import found
from tests.browser.house import House
from tests.browser.steps import PHONE, too_wide


def test_a_token_is_made_seen_once_used_and_revoked(
    house: House, open_as: Callable[..., Page]
) -> None:
    company = found(house, "programs", {"paul": "owner"})
    page = open_as(company, "paul", f"{company.home}api/")
    page.get_by_label("What it is for").fill("CRM sync")
    page.get_by_role("button", name="Make token").click()
    token = page.get_by_role("textbox", name="The token").input_value()
    assert re.fullmatch(r"rd_[\w-]{43}", token)
    row = page.get_by_role("listitem").filter(has_text="CRM sync")
    expect(row).to_contain_text("Never used")

    with httpx.Client(base_url=f"{house.url}/api/v1/", trust_env=False) as program:
        assert program.get("bots/").status_code == 401
        program.headers["Authorization"] = f"Bearer {token}"
        answer = program.get("bots/")
        assert (answer.status_code, answer.json()) == (200, {"bots": [], "next": None})
        assert answer.headers["RateLimit-Remaining"] == "119"
        assert "set-cookie" not in answer.headers
        refused = program.post("bots/1/pause/")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope")
        large = program.post("bots/1/pause/", content=b"x" * 70_000)
        assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")

        page.goto(page.url)
        expect(page.get_by_role("textbox", name="The token")).to_have_count(0)
        expect(row).to_contain_text("Last used")
        page.get_by_role("link", name="Revoke the token CRM sync").click()
        page.get_by_role("button", name="Revoke token").click()
        expect(page.get_by_text("“CRM sync” works no more.")).to_be_visible()
        gone = program.get("bots/")
        assert (gone.status_code, gone.json()["error"]["code"]) == (401, "bad_token")


def test_it_works_on_a_phone_without_scripts(house: House, open_as: Callable[..., Page]) -> None:
    company = found(house, "programs-bare", {"pia": "admin"})
    page = open_as(company, "pia", f"{company.home}api/", java_script_enabled=False, viewport=PHONE)
    page.get_by_label("What it is for").fill("A program with a rather long name of its own")
    page.get_by_role("checkbox", name=re.compile("Steer:")).check()
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("textbox", name="The token")).to_have_value(re.compile("^rd_"))
    expect(page.get_by_role("button", name="Copy token")).to_be_hidden()
    page.get_by_role("link", name=re.compile("^Revoke the token")).click()
    page.get_by_role("button", name="Revoke token").click()
    expect(page.get_by_text("There is none: no program gets in.")).to_be_visible()


def test_nothing_stands_out_of_a_phone(house: House, open_as: Callable[..., Page]) -> None:
    company = found(house, "programs-phone", {"pim": "owner"})
    page = open_as(company, "pim", f"{company.home}api/", viewport=PHONE)
    page.get_by_label("What it is for").fill("x" * 80)
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("textbox", name="The token")).to_be_visible()
    assert too_wide(page, PHONE["width"]) == []
