"""The sandbox's table of operations against the table made from Recall's pages."""

from bots.sandbox.api.routes import ROUTES

from .conftest import shared_json


def test_its_operations_have_the_documented_paths_and_limits() -> None:
    documented = {
        (row["method"], row["path"].replace("{bot_id}", "{id}")): (
            row["slug"],
            row["rate_per_min"],
            row["rate_scope"] == "bot_id",
        )
        for row in shared_json("endpoints.json")["endpoints"]
    }
    ours = {
        (route.method, f"/api/v1/{route.path}"): (route.slug, route.per_minute, route.per_bot)
        for route in ROUTES
    }
    assert ours == {place: documented[place] for place in ours}
    left_out = {slug for place, (slug, *_) in documented.items() if place not in ours}
    assert all("screenshots" in slug for slug in left_out), left_out
