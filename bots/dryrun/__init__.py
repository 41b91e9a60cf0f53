"""A meeting that is over, played again under other leave rules: when the bot would have left."""

from bots.dryrun.compare import Exit, Outcome, Total, Trial, compare, total
from bots.dryrun.replay import Replay, replay
from bots.dryrun.tape import KINDS, Act, Status, Take, Tape, began, tape
from bots.dryrun.terms import LOOKED_AT, Terms, terms
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
    "Terms",
    "Total",
    "Trial",
    "began",
    "compare",
    "replay",
    "rule_words",
    "sentence",
    "span",
    "tape",
    "terms",
    "total",
]
