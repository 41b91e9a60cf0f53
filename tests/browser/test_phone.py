"""On a phone: the buttons are large enough for a thumb. That every page fits: `test_csp.py`."""

from tests.browser.scene import Scene
from tests.browser.steps import PHONE, controls

THUMB_PX = 44


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
