"""A team's recording policy: which meetings are recorded, and exactly what Recall is sent. Pure."""

from bots.policy.advice import warnings
from bots.policy.ask import CHOICES, SWITCH_OF, Ask, Meeting
from bots.policy.bodies import SILENCE, create_body, start_body
from bots.policy.checks import (
    ALLOWABLE,
    AUDIENCES,
    KEEPABLE,
    RECIPIENTS,
    SCREENSHARES,
    SHARERS,
    rule_problems,
)
from bots.policy.compatibility import format_problems, problems, transcript_problems
from bots.policy.consent import CONSENT, NEEDS, REFUSALS, STARTS_HERE
from bots.policy.decide import Decision, decide, give_way, open_choices, possible
from bots.policy.masking import shown, stream
from bots.policy.meetings import Refusal, named, refusals
from bots.policy.own_leaving import next_clock, own_leave_rules
from bots.policy.presets import PRESET_WORDS, PRESETS, preset_of
from bots.policy.rules import (
    FIELDS,
    LEAVE_FIELDS,
    LOCK_OF,
    LOCKABLE,
    OWN_LEAVE_FIELDS,
    SECTION_OF,
    SECTIONS,
    Origin,
    Rules,
    Version,
    changed_from,
    ordered,
)
from bots.policy.timers import TimeLine, Timer, seconds_of, short, time_line, timers
from bots.policy.wish import WEEK, LeaveRules, Retention, Wish
from bots.policy.wording import summary
from bots.policy.words import (
    LABELS,
    SECTION_LABELS,
    Difference,
    differences,
    in_words,
    longest_s,
    say,
)

__all__ = [
    "ALLOWABLE",
    "AUDIENCES",
    "CONSENT",
    "NEEDS",
    "REFUSALS",
    "STARTS_HERE",
    "CHOICES",
    "FIELDS",
    "KEEPABLE",
    "LABELS",
    "LEAVE_FIELDS",
    "LOCKABLE",
    "LOCK_OF",
    "OWN_LEAVE_FIELDS",
    "PRESETS",
    "PRESET_WORDS",
    "RECIPIENTS",
    "SCREENSHARES",
    "SECTIONS",
    "SECTION_LABELS",
    "SECTION_OF",
    "SHARERS",
    "SILENCE",
    "SWITCH_OF",
    "WEEK",
    "Ask",
    "Decision",
    "Difference",
    "LeaveRules",
    "Meeting",
    "Origin",
    "Refusal",
    "Retention",
    "Rules",
    "TimeLine",
    "Timer",
    "Version",
    "Wish",
    "changed_from",
    "create_body",
    "decide",
    "differences",
    "format_problems",
    "give_way",
    "in_words",
    "longest_s",
    "named",
    "next_clock",
    "open_choices",
    "ordered",
    "own_leave_rules",
    "possible",
    "preset_of",
    "problems",
    "refusals",
    "rule_problems",
    "say",
    "shown",
    "seconds_of",
    "short",
    "start_body",
    "stream",
    "summary",
    "time_line",
    "timers",
    "transcript_problems",
    "warnings",
]
