"""On a phone: nothing is cut off, and the buttons are large enough for a thumb."""

import pytest

from tests.browser.scene import PAGES, Scene
from tests.browser.steps import controls, too_wide, unfold

PHONE = {"width": 390, "height": 844}
THUMB_PX = 44


@pytest.mark.parametrize("name", PAGES)
def test_it_fits(scene: Scene, visitor_of, name: str) -> None:
    page = visitor_of(name, viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(scene.paths[name])
    unfold(page)
    assert not too_wide(page, PHONE["width"])


def test_the_buttons_are_large_enough(scene: Scene, open_as) -> None:
    page = open_as(
        scene.company,
        "sara",
        scene.paths["live bot"],
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
    )
    buttons = [
        *controls(page).get_by_role("button").all(),
        *controls(page).get_by_role("link").all(),
    ]
    assert len(buttons) == 4
    for button in buttons:
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= THUMB_PX, (button.inner_text(), box)
        assert box["width"] >= THUMB_PX, (button.inner_text(), box)
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]


def test_it_steers_by_touch(scene: Scene, open_as) -> None:
    page = open_as(
        scene.company,
        "sara",
        scene.paths["live bot"],
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
    )
    controls(page).get_by_role("link", name="Leave meeting").tap()
    sheet = page.get_by_role("dialog")
    box = sheet.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    sheet.get_by_role("link", name="Stay in the meeting").tap()
    assert not sheet.is_visible()
