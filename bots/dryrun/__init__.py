"""A meeting that is over, played again under other leave rules: when the bot would have left."""

from bots.dryrun.compare import Exit, Outcome, Total, Trial, compare, total
from bots.dryrun.replay import LOOKED_AT, Replay, replay, settings
from bots.dryrun.tape import KINDS, Act, Status, Take, Tape, began, tape
from bots.dryrun.words import rule_words, sentence, span

__all__ = [
    "KINDS",
    "LOOKED_AT",
    "Act",
    "Exit",
    "Outcome",
    "Replay",
    "Status",
    "Take",
    "Tape",
    "Total",
    "Trial",
    "began",
    "compare",
    "replay",
    "rule_words",
    "sentence",
    "settings",
    "span",
    "tape",
    "total",
]
