"""Coming in by invitation, the second step, and sessions, in a real browser."""

import re
import time

import httpx
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.company import COOKIE, Company, found
from tests.browser.house import House

PASSWORD = "correct horse battery"
INVITE = """
from django.utils import timezone
from bots.models import Invitation, Workspace
workspace = Workspace.objects.get(slug="doors")
made, token = Invitation.objects.invite(
    workspace,
    "{email}",
    role="operator",
    teams=workspace.teams.all(),
    by=workspace.memberships.get(role="owner").user,
    now=timezone.now(),
)
print(token)
"""


@pytest.fixture(scope="session")
def doors(house: House) -> Company:
    return found(house, "doors", {"olga": "owner"})


@pytest.fixture
def join(house: House, doors: Company, new_context):
    """`join("ann@example.com")`: a page of whoever took up an invitation just now."""

    def join(email: str) -> Page:
        token = house.manage("shell", "-v", "0", "-c", INVITE.format(email=email)).strip()
        page = new_context().new_page()
        page.goto(f"/invitation/{token}/")
        expect(page.get_by_role("heading", name="Join Doors")).to_be_visible()
        page.get_by_label("Your name").fill("Ann Lee")
        page.get_by_label("Choose a password").fill(PASSWORD)
        page.get_by_role("button", name="Join Doors").click()
        page.wait_for_url("**/w/doors/")
        return page

    return join


def sign_in(page: Page, email: str) -> None:
    page.goto("/login/")
    page.get_by_label("E-mail or user name").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_an_invitation_leads_into_the_workspace_once(join) -> None:
    page = join("ann@example.com")
    expect(page.get_by_role("textbox", name="Meeting link")).to_be_visible()
    page.get_by_text("Account and appearance").locator("..").click()
    page.get_by_role("link", name="Your account").click()
    expect(page.get_by_label("Your name")).to_have_value("Ann Lee")
    expect(page.get_by_text("Doors").first).to_be_visible()


def test_the_page_works_without_javascript(house: House, doors: Company, new_context) -> None:
    token = house.manage("shell", "-v", "0", "-c", INVITE.format(email="nojs@example.com")).strip()
    context: BrowserContext = new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/invitation/{token}/")
    page.get_by_label("Your name").fill("No Script")
    page.get_by_label("Choose a password").fill("password")
    page.get_by_role("button", name="Join Doors").click()
    expect(page.get_by_text("too common")).to_be_visible()
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join Doors").click()
    page.wait_for_url("**/w/doors/")
    page.goto(f"/invitation/{token}/")
    expect(page.get_by_role("heading", name="This invitation does not count")).to_be_visible()


def test_a_second_step_is_turned_on_and_asked_for(join) -> None:
    page = join("tim@example.com")
    page.goto("/account/second-step/")
    page.get_by_role("link", name="Turn on").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    assert page.locator(".qr").evaluate("image => image.complete && image.naturalWidth > 0")
    secret = page.get_by_label("Or type this secret into the app").input_value()
    first = code_of(secret)
    page.get_by_label("Code that the app shows").fill(first)
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    page.context.clear_cookies()
    sign_in(page, "tim@example.com")
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    page.goto("/w/doors/")
    page.wait_for_url("**/account/second-step/code/")  # there is no way around
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("That code does not fit")).to_be_visible()
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/w/doors/")


def test_a_session_is_signed_out_from_another_browser(join, new_context) -> None:
    phone = join("sue@example.com")
    expect(phone.locator("#age")).to_have_attribute("data-state", "live")
    desk = new_context().new_page()
    sign_in(desk, "sue@example.com")
    desk.wait_for_url("**/w/doors/")
    desk.goto("/account/sessions/")
    expect(desk.get_by_text("This one")).to_have_count(1)
    rows = desk.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    expect(rows).to_have_count(2)
    desk.get_by_role("button", name=re.compile("Sign out of Chrome")).click()
    expect(desk.get_by_text("Signed out there.")).to_be_visible()
    expect(rows).to_have_count(1)
    # The page that is open there stops by itself, and any other asks to sign in.
    expect(phone.locator("#age")).not_to_have_attribute("data-state", "live", timeout=35_000)
    phone.goto("/w/doors/")
    phone.wait_for_url("**/login/**")


def test_a_header_makes_no_other_network(house: House, doors: Company) -> None:
    """Who comes straight to the server says nothing of where from."""
    headers = {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.6", "X-Real-Ip": "6.6.6.6"}
    cookies = {COOKIE: doors.sessions["olga"]}
    url = f"{house.url}/account/sessions/"
    for _ in range(2):  # the first one notes the session
        text = httpx.get(url, headers=headers, cookies=cookies, trust_env=False).text
    assert "127.0.0.1" in text
    assert "6.6.6.6" not in text
