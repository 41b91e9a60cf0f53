"""Marks of the logs and of the connection doctor: results, answers, limits, findings."""

from typing import Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bots import doctor
from bots.models import Call, Delivery, Lane
from bots.spending import Spending
from bots.templatetags.dash import icon

register = template.Library()

State = Delivery.State
_RESULTS: Final = {
    State.OBSERVED: "green",
    State.KEPT: "grey",
    State.UNKNOWN: "slate",
    State.UNREADABLE: "amber",
    State.UNMATCHED: "amber",
    State.FAILED: "red",
    State.PARKED: "red",
    State.ERASED: "grey",
}
_FINDINGS: Final = {
    doctor.OK: ("check", "green", "All right"),
    doctor.WARNING: ("triangle-alert", "amber", "Warning"),
    doctor.BAD: ("x", "red", "Wrong"),
    doctor.OPEN: ("circle", "grey", "Nothing to say yet"),
}
_LANES: Final = {Lane.CLICK: "by clicks", Lane.BULK: "for many bots", Lane.SYNC: "by sync"}
# The width of a bar in its own units: percent.
WHOLE: Final = 100


@register.simple_tag
def delivery_badge(delivery: Delivery) -> SafeString:
    """What became of a delivery, as a small coloured word."""
    tone = _RESULTS.get(State(delivery.state), "grey")
    label = delivery.get_state_display()
    return format_html('<span class="badge tone-{}">{}</span>', tone, label)


@register.simple_tag
def call_badge(call: Call) -> SafeString:
    """Recall's answer to a call: its status, or that there was none."""
    if call.status is None:
        word = "no answer" if call.duration_s is not None else "under way, or cut off"
        return format_html('<span class="badge tone-amber">{}</span>', word)
    tone = "green" if call.status < 300 else "amber" if call.status < 500 else "red"
    return format_html('<span class="badge num tone-{}">{}</span>', tone, call.status)


@register.simple_tag
def finding_mark(state: str) -> SafeString:
    """How a finding of the doctor is: a mark with its word for who can't see it."""
    name, tone, label = _FINDINGS[state]
    return format_html('<span class="mark tone-{}">{}</span>', tone, icon(name, label))


@register.simple_tag
def limit_bar(spending: Spending) -> SafeString:
    """How full a limit is, by lane, with the marks where sync and bulk stop."""
    parts = format_html_join(
        "",
        '<rect class="lane-{}" x="{}" y="0" width="{}" height="8"></rect>',
        ((part.lane, part.start, part.length) for part in spending.parts),
    )
    stops = format_html_join(
        "",
        '<line x1="{0}" x2="{0}" y1="0" y2="8"></line>',
        (
            (round(WHOLE * spending.ends[lane] / spending.limit, 2),)
            for lane in (Lane.SYNC, Lane.BULK)
        ),
    )
    return format_html(
        '<svg class="limit-bar" role="img" aria-label="{} of {} calls used" viewBox="0 0 100 8" '
        'preserveAspectRatio="none">{}{}</svg>',
        spending.used,
        spending.limit,
        parts,
        stops,
    )


@register.filter
def lane_word(lane: str) -> str:
    return _LANES[Lane(lane)]


@register.filter
def api_path(path: str) -> str:
    """The path of a call below Recall's API, which all of them share."""
    return path.partition("/api/v1/")[2] or path


@register.filter
def milliseconds(seconds: float) -> str:
    """A short time as people compare it: "87 ms", "1.4 s"."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
