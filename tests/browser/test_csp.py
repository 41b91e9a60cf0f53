"""No page needs more than it says: no violation of its policy, no error, no foreign host; and
none is wider than a phone."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.scene import PAGES, Scene
from tests.browser.steps import PHONE, controls, too_wide, unfold


def listen(page: Page, origin: str) -> list[str]:
    """Everything that goes wrong on a page from now on."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: said.type in ("error", "warning") and wrong.append(f"console: {said.text}"),
    )

    def check(request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws") and f"{parts.scheme}://{parts.netloc}" != origin:
            wrong.append(f"left the house: {request.url}")

    page.on("request", check)
    page.on(
        "requestfailed",
        lambda request: (
            "/events" not in request.url
            and request.failure != "net::ERR_ABORTED"
            and wrong.append(f"failed: {request.url} {request.failure}")
        ),
    )
    return wrong


@pytest.mark.parametrize("name", PAGES)
def test_it_keeps_to_its_policy_and_fits_a_phone(
    scene: Scene, visitor_of, base_url: str, name: str
) -> None:
    """In one visit, because there are many pages."""
    page = visitor_of(name, viewport=PHONE, has_touch=True, is_mobile=True)
    wrong = listen(page, base_url)
    answer = page.goto(scene.paths[name])
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    page.wait_for_load_state()
    page.wait_for_timeout(300)  # what a script asks for after the page has come
    if answer.status in (404, 410):
        wrong = [line for line in wrong if str(answer.status) not in line]
    assert not wrong
    unfold(page)
    assert not too_wide(page, PHONE["width"])


def test_its_scripts_keep_to_it_too(scene: Scene, open_as, base_url: str) -> None:
    page = open_as(scene.company, "sara")
    wrong = listen(page, base_url)
    page.get_by_role("textbox", name="Meeting link").fill("https://meet.google.com/loo-kath-ere")
    page.get_by_role("searchbox", name="Search earlier bots").fill("review")
    page.wait_for_url("**q=review**")
    page.goto(scene.paths["live bot"])
    controls(page).get_by_role("link", name="Start recording").click()
    page.get_by_role("dialog").get_by_role("link", name="Back").click()
    page.get_by_text("Webhooks received", exact=True).click()
    page.goto(scene.paths["recording"])
    page.get_by_role("list", name="What was said").get_by_role("link").first.click()
    page.wait_for_timeout(500)
    assert not wrong
