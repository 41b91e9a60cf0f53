"""Which limit counts a call, held against the sandbox's routes."""

import pytest

from bots.recall import limits
from bots.sandbox.api.routes import ROUTES


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.slug)
def test_it_names_and_counts_what_the_sandbox_counts(route):
    path = "/sandbox/us-west-2/api/v1/" + route.path.replace("{id}", "some-id")
    found = limits.endpoint(route.method, path)
    assert (found.name, found.per_minute) == (route.slug, route.per_minute)
    assert found.counted == (f"{route.slug}:some-id" if route.per_bot else route.slug)


@pytest.mark.parametrize("path", ["", "/api/v1/", "/api/v1/bot", "/nowhere/", "/api/v1/a/b/c/d/"])
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "TRACE"])
def test_it_knows_a_limit_for_whatever_it_is_asked(method, path):
    assert limits.endpoint(method, path).per_minute > 0
