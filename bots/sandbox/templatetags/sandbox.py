"""What the sandbox's own pages draw: icons, times and script clocks."""

import json
from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, as decoration."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag
def when(at: datetime | None, style: str = "day") -> SafeString | str:
    """A time for `times.js` to put into the viewer's zone; UTC without it."""
    if at is None:
        return "never"
    utc = timezone.localtime(at, timezone.get_fixed_timezone(0))
    return format_html(
        '<time datetime="{}" data-time="{}">{} UTC</time>',
        utc.isoformat(),
        style,
        utc.strftime("%-d %b, %H:%M:%S"),
    )


@register.filter
def clock(seconds: float) -> str:
    """Seconds as `12:05` or `1:02:03`; before the start with a minus."""
    whole = int(abs(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    text = f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
    return f"−{text}" if seconds < 0 and whole else text


@register.filter
def pretty(text: str) -> str:
    """JSON with line breaks; anything else as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


@register.filter
def platform(name: str) -> str:
    """A platform's name as people write it."""
    return _PLATFORMS.get(name, name)


_PLATFORMS = {
    "zoom": "Zoom",
    "google_meet": "Google Meet",
    "microsoft_teams": "Microsoft Teams",
    "microsoft_teams_live": "Microsoft Teams",
    "webex": "Webex",
    "goto_meeting": "GoTo Meeting",
}
