"""No page keeps anybody out: axe-core finds nothing serious, light or dark."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.scene import LIVE, PAGES, Scene
from tests.browser.steps import at_rest, unfold

BAD = ("serious", "critical")


@pytest.fixture
def visitor(visitor_of: Callable[..., Page], scene: Scene) -> Callable[[str], Page]:
    """`visitor(name)`: that page of the scene, in a browser where axe may be run."""

    def visit(name: str) -> Page:
        # A page's own policy forbids scripts from elsewhere, axe's among them.
        page = visitor_of(name, bypass_csp=True)
        page.emulate_media(color_scheme="light")
        page.goto(scene.paths[name])
        return page

    return visit


def found_bad(page: Page, *, only: str = "") -> list[str]:
    """What axe finds that keeps people out, each as a line that says where."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if only:
        options["runOnly"] = [only]
    answer = Axe().run(page, options=options).response
    return [
        f"{violation['id']} at {node['target']}: {node['failureSummary']}"
        for violation in answer["violations"]
        if violation["impact"] in BAD
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_it_keeps_nobody_out(visitor: Callable[[str], Page], name: str) -> None:
    page = visitor(name)
    unfold(page)
    assert not found_bad(page)
    page.emulate_media(color_scheme="dark")
    at_rest(page)
    assert not found_bad(page, only="color-contrast")
    assert not nameless(page)


@pytest.mark.parametrize("label", ["Start recording", "Leave meeting"])
def test_its_sheets_keep_nobody_out(visitor: Callable[[str], Page], label: str) -> None:
    page = visitor("live bot")
    controls = page.get_by_role("group", name="Controls of this bot")
    controls.get_by_role("link", name=label).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    at_rest(page)
    assert not found_bad(page)
    page.emulate_media(color_scheme="dark")
    at_rest(page)
    assert not found_bad(page, only="color-contrast")
    assert not nameless(page)


def test_the_chosen_theme_is_readable(visitor: Callable[[str], Page]) -> None:
    page = visitor("bots")
    expect(page.get_by_role("link", name=LIVE, exact=True)).to_be_visible()
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        at_rest(page)
        assert not found_bad(page, only="color-contrast")


def nameless(page: Page) -> list[str]:
    """Fields and buttons that a screen reader could only call by their kind."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    asking = {"textbox", "searchbox", "combobox", "checkbox", "radio", "button", "link", "slider"}
    return [
        f"{node['role']['value']} {node.get('backendDOMNodeId')}"
        for node in nodes
        if not node.get("ignored")
        and node.get("role", {}).get("value") in asking
        and not node.get("name", {}).get("value", "").strip()
    ]
