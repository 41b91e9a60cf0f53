"""What a person asked for → exactly what is sent to Recall, with nothing left to its defaults."""

from bots.policy.bodies import create_body, start_body
from bots.policy.compatibility import format_problems, problems, transcript_problems
from bots.policy.rules import (
    FIELDS,
    LEAVE_FIELDS,
    LOCKABLE,
    SECTION_OF,
    SECTIONS,
    Origin,
    Rules,
    Version,
    changed_from,
)
from bots.policy.wish import WEEK, LeaveRules, Retention, Wish
from bots.policy.wording import summary

__all__ = [
    "FIELDS",
    "LEAVE_FIELDS",
    "LOCKABLE",
    "SECTIONS",
    "SECTION_OF",
    "WEEK",
    "LeaveRules",
    "Origin",
    "Retention",
    "Rules",
    "Version",
    "Wish",
    "changed_from",
    "create_body",
    "format_problems",
    "problems",
    "start_body",
    "summary",
    "transcript_problems",
]
