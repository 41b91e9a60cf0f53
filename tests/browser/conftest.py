"""A real browser in front of the real thing: `page` (from pytest-playwright) and `house`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.browser.company import Company, found
from tests.browser.house import House
from tests.browser.scene import PUBLIC, Scene, build

PATIENCE_MS = 15_000
HERE = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests last: Playwright leaves an event loop running behind it."""
    items.sort(key=lambda item: item.path.is_relative_to(HERE))


@pytest.fixture(scope="session", autouse=True)
def _beside_an_event_loop() -> None:
    # Django refuses to work where a loop runs, and Playwright keeps one in the main thread.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium as it is installed here, kept from calling anyone but us."""
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.MISSING, pytrace=False)
    quiet = (
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    )
    return {**browser_type_launch_args, "executable_path": path, "args": list(quiet)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Nothing turns or breathes without end: each frame is painted, and nobody looks."""
    return {**browser_context_args, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Server, worker, beat and the sandbox's clock, shared by the tests of a run.

    A test that stops one of them starts it again.
    """
    house = House(tmp_path_factory.mktemp("house"), tmp_path_factory.getbasetemp() / "films")
    try:
        house.start()
        yield house
    finally:
        house.stop()


@pytest.fixture(scope="session")
def base_url(house: House) -> str:
    """What `page.goto("/")` starts from."""
    return house.url


@pytest.fixture(scope="session")
def acme(house: House) -> Company:
    """Alice owns it, Bob operates, Vera looks on."""
    return found(house, "acme", {"alice": "owner", "bob": "operator", "vera": "viewer"})


@pytest.fixture
def open_as(new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """`open_as(company, "alice", path="", **options)`: a page in a browser of that person's own."""

    def open_page(company: Company, person: str, path: str = "", **options: Any) -> Page:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        company.let_in(context, person)
        page = context.new_page()
        answer = page.goto(path or company.home)
        assert answer is not None
        assert answer.ok, f"{answer.status} {answer.url}"
        return page

    return open_page


@pytest.fixture(scope="session")
def scene(house: House) -> Scene:
    """A company in which there is something of everything."""
    return build(house)


@pytest.fixture(scope="module")
def visitor_of(browser: Browser, base_url: str, scene: Scene) -> Iterator[Callable[..., Page]]:
    """`visitor_of(name, **options)`: a blank page for whoever looks at that page of the scene.

    The browsers behind it, somebody's and a stranger's, serve all tests of a module.
    """
    contexts: dict[bool, BrowserContext] = {}
    pages: list[Page] = []

    def visitor(name: str, **options: Any) -> Page:
        is_known = name not in PUBLIC
        if is_known not in contexts:
            contexts[is_known] = browser.new_context(base_url=base_url, **options)
            if is_known:
                scene.company.let_in(contexts[is_known], "sara")
        while pages:
            pages.pop().close()
        pages.append(contexts[is_known].new_page())
        return pages[-1]

    yield visitor
    for context in contexts.values():
        context.close()
