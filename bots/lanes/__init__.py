"""The lane picture of a meeting: who was there, what the bot did, when nobody spoke. Pure."""

from bots.lanes.drawing import picture
from bots.lanes.people import Person, people
from bots.lanes.recorded import pauses, silences
from bots.lanes.shapes import (
    MAX_LANES,
    Change,
    Lane,
    Mark,
    Picture,
    Seen,
    Span,
    Take,
)

__all__ = [
    "MAX_LANES",
    "Change",
    "Lane",
    "Mark",
    "Person",
    "Picture",
    "Seen",
    "Span",
    "Take",
    "pauses",
    "people",
    "picture",
    "silences",
]
