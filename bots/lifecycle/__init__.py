"""A bot's life in our words: from (Recall's code, recording status) to phase, outcome, sentences
and the orders that make sense. Pure tables: no database, no clock, no requests.
"""

from bots.lifecycle.artifacts import KINDS
from bots.lifecycle.codes import NOTHING_STORED
from bots.lifecycle.leave_rules import LeaveWhen
from bots.lifecycle.outcomes import Outcome, outcome
from bots.lifecycle.phases import Phase, is_terminal, moves, phase, rank, supersedes
from bots.lifecycle.platforms import PLATFORMS, Platform, platform_label, waiting_limit
from bots.lifecycle.recorded import Came, End, Facts, File, came_of
from bots.lifecycle.sentences import (
    NOTICE_AFTER_S,
    SUB_CODES,
    Explanation,
    clock,
    explain,
    headline,
    notice,
    prettify,
)
from bots.lifecycle.verbs import (
    ABOUT_RECORDINGS,
    IN_CALL_ACTIONS,
    LEAD_TIME,
    SEVERAL,
    Action,
    Confirmation,
    allowed,
    cannot_move_to,
    confirms,
    needs_confirmation,
    scheduled_actions,
    too_near,
)

__all__ = [
    "ABOUT_RECORDINGS",
    "IN_CALL_ACTIONS",
    "KINDS",
    "LEAD_TIME",
    "NOTHING_STORED",
    "NOTICE_AFTER_S",
    "PLATFORMS",
    "SEVERAL",
    "SUB_CODES",
    "Action",
    "Came",
    "Confirmation",
    "End",
    "Explanation",
    "Facts",
    "File",
    "LeaveWhen",
    "Outcome",
    "Phase",
    "Platform",
    "allowed",
    "came_of",
    "cannot_move_to",
    "clock",
    "confirms",
    "explain",
    "headline",
    "is_terminal",
    "moves",
    "needs_confirmation",
    "notice",
    "outcome",
    "phase",
    "platform_label",
    "prettify",
    "rank",
    "scheduled_actions",
    "supersedes",
    "too_near",
    "waiting_limit",
]
