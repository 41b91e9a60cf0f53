"""The time zone that a browser names."""

import zoneinfo


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone that a browser named; UTC where it named none that we know."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
