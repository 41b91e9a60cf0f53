"""Every address of the house, by its name, and with something at it."""

from typing import Any

from django.urls import URLPattern, get_resolver, reverse

from tests.access_table import OF_OTHERS, TABLE, arguments


def addresses(resolver: Any, place: str = "") -> dict[str, URLPattern]:
    """Every address below, by its name; Django admin's are tested by themselves."""
    found: dict[str, URLPattern] = {}
    for each in resolver.url_patterns:
        here = place + str(each.pattern)
        if here.startswith("admin/"):
            continue
        if not isinstance(each, URLPattern):
            found |= addresses(each, here)
            continue
        name = each.name
        if place == "sandbox/" and not name.startswith("sandbox-"):
            name = f"{name}-of-the-sandbox"
        assert name, f"{here} has no name"
        assert name not in found, f"two addresses are called {name}"
        found[name] = each
    return found


ROUTES = addresses(get_resolver())
OURS = [name for name in TABLE if TABLE[name][0] != OF_OTHERS and name in ROUTES]
OF_A_WORKSPACE = [name for name in OURS if "slug" in ROUTES[name].pattern.converters]
OF_A_THING = [name for name in OF_A_WORKSPACE if "pk" in ROUTES[name].pattern.converters]


def address(name: str, things: dict[str, Any], **otherwise: Any) -> str:
    """The address of that name, at one of these things."""
    values = arguments(name, ROUTES[name].pattern, things)
    known = {word: value for word, value in otherwise.items() if word in values}
    return reverse(name, kwargs={**values, **known})
