"""What a person asked for → exactly what is sent to Recall, with nothing left to its defaults."""

from bots.policy.bodies import create_body, start_body
from bots.policy.compatibility import format_problems, problems, transcript_problems
from bots.policy.wish import WEEK, LeaveRules, Retention, Wish
from bots.policy.wording import summary

__all__ = [
    "WEEK",
    "LeaveRules",
    "Retention",
    "Wish",
    "create_body",
    "format_problems",
    "problems",
    "start_body",
    "summary",
    "transcript_problems",
]
