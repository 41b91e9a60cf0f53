"""Small marks that every page draws alike: icons, phases, platforms, times."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from bots import lifecycle
from bots.lifecycle import Outcome, Phase
from bots.models import Bot
from bots.models.called import called
from bots.recall.meeting_urls import Link

# Marks that depend on nothing but a few words are drawn once; the words may be Recall's.
MOST_KEPT = 256

register = template.Library()
register.filter(called)


@register.simple_tag
@lru_cache(maxsize=MOST_KEPT)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is decoration."""
    href = f"{static('icons.svg')}#{name}"
    if not label:
        return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)
    return format_html(
        '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
    )


@register.simple_tag
@lru_cache(maxsize=MOST_KEPT)
def phase_pill(phase: str, size: str = "") -> SafeString:
    """A phase as mark, word and colour. `size` may be "large"."""
    known = Phase(phase)
    return format_html(
        '<span class="pill tone-{} {}" data-phase="{}">{}{}</span>',
        known.colour,
        size,
        known,
        icon(known.icon),
        known.label,
    )


@register.simple_tag
@lru_cache(maxsize=MOST_KEPT)
def outcome_badge(outcome: str) -> SafeString:
    """What came of a bot, as a small coloured word; nothing for a bot that is not over."""
    if not outcome:
        return SafeString("")
    known = Outcome(outcome)
    return format_html('<span class="badge tone-{}">{}</span>', known.colour, known.label)


@register.simple_tag
@lru_cache(maxsize=MOST_KEPT)
def platform_mark(platform: str) -> SafeString:
    """A platform as a square with its letter, or with a link where it is not known."""
    label = lifecycle.platform_label(platform) if platform else "Meeting"
    letter = label.removeprefix("Google ").removeprefix("Microsoft ")[:1]
    return format_html(
        '<span class="platform" data-platform="{}" role="img" aria-label="{}" title="{}">{}</span>',
        platform,
        label,
        label,
        letter if platform else icon("link"),
    )


@register.filter
def phase_word(phase: str) -> str:
    return Phase(phase).label


@register.filter
def platform_name(platform: str) -> str:
    return lifecycle.platform_label(platform) if platform else "Meeting"


@register.filter
def short_link(url: str) -> str:
    """A meeting's link without its scheme and without what may hold a password."""
    return url.partition("://")[2].partition("?")[0].partition("#")[0]


@register.filter
def subject(bot: Bot) -> str:
    """What people tell a bot by: its title, else the meeting it was sent to."""
    return bot.known_as


@register.filter
def meeting_name(link: Link) -> str:
    """A recognised link as people read it: "Zoom meeting 843 2633 6851", "Google Meet abc-…"."""
    host = short_link(link.url).partition("/")[0]
    if not link.known:
        return f"{link.label}, {host}" if link.platform else f"Unknown platform, {host}"
    number = link.meeting_id
    if number.isdigit() and 9 <= len(number) <= 11:
        middle = 4 if len(number) == 11 else 3
        number = f"{number[:3]} {number[3 : 3 + middle]} {number[3 + middle :]}"
    # Long ones are no names for people.
    spot = number if 0 < len(number) <= 40 else f"at {host}"
    kind = "" if "meet" in link.label.lower() else " meeting"
    return f"{link.label}{kind} {spot}"


# Without JavaScript, where it is no day and minute.
_PLAIN = {"clock": "%H:%M:%S", "log": "%d %b, %H:%M:%S UTC"}


@register.simple_tag
def when(at: datetime | None, style: str = "relative") -> SafeString:
    """A moment; the browser puts it into the viewer's zone.

    `style`: relative ("5 min ago"), clock ("14:05:10"), time ("14:05"), day ("Tue 14:05"), date
    ("3 Nov 2026, 14:05"), on (the same amid a sentence: "today", not "Today") or log
    ("3 Nov, 14:05:10", of today without the day).
    """
    if at is None:
        return SafeString("")
    said = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-time="{}" title="{}">{}</time>',
        said.isoformat(),
        style,
        f"{said:%d %b %Y %H:%M:%S} UTC",
        f"{said:{_PLAIN.get(style, '%d %b, %H:%M UTC')}}",
    )


@register.simple_tag
def countdown(until: datetime | None, soon: timedelta = timedelta(hours=48)) -> SafeString:
    """How long it is until then ("6 days 3 h"); it counts down in the browser, amber when soon."""
    if until is None:
        return SafeString("")
    left = until - timezone.now()
    said = until.astimezone(UTC)
    return format_html(
        '<time class="countdown" datetime="{}" data-time="left" data-soon-s="{}"{} title="{}">'
        "{}</time>",
        said.isoformat(),
        int(soon.total_seconds()),
        SafeString(" data-soon") if left <= soon else "",
        f"{said:%d %b %Y %H:%M:%S} UTC",
        left_words(left),
    )


def left_words(left: timedelta) -> str:
    """ "6 days 3 h", "47 h", "12 min", "40 s"; static/js/times.js says the same."""
    seconds = max(int(left.total_seconds()), 0)
    days, hours, minutes = seconds // 86_400, seconds // 3600, seconds // 60
    if days >= 2:
        rest = hours - days * 24
        return f"{days} days {rest} h" if rest and days < 10 else f"{days} days"
    if hours >= 1:
        rest = minutes - hours * 60
        return f"{hours} h {rest} min" if rest and hours < 10 else f"{hours} h"
    return f"{minutes} min" if minutes >= 2 else f"{seconds} s"


@register.simple_tag
def ticking(since: datetime | None, until: datetime | None = None) -> SafeString:
    """How long it has been since then; it counts on in the browser."""
    if since is None:
        return SafeString("")
    shown = duration((until or timezone.now()) - since)
    said = since.astimezone(UTC).isoformat()
    if until is not None:
        return format_html("<span>{}</span>", shown)
    return format_html('<time datetime="{}" data-time="tick">{}</time>', said, shown)


@register.filter
def duration(span: Any) -> str:
    """A timedelta, or seconds, as "0:42", "12:05" or "1:02:05"."""
    if span is None or span == "":
        return ""
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    return lifecycle.clock(max(int(seconds), 0))
