"""The time zone that a browser names, and its days."""

import zoneinfo
from datetime import date, datetime, time, tzinfo

_FIRST, _LAST = date(1900, 1, 1), date(9000, 1, 1)


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone that a browser named; UTC where it named none that we know."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")


def is_zone(name: str) -> bool:
    """Whether there is a time zone of that name."""
    return zone(name).key == name


def midnight(day: date, here: tzinfo) -> datetime:
    """When that day begins there; one at the end of all calendars is moved to where we count."""
    return datetime.combine(min(max(day, _FIRST), _LAST), time(), here)
