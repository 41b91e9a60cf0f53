"""What deserves an alert, when, and in which words. Pure tables: no database, no requests; the
time is passed in.
"""

from bots.alarms.detect import BotFacts, RecordingFacts, Rules, Standing, next_look, stand
from bots.alarms.kinds import KINDS, OF_A_TEAM, OF_THE_WORKSPACE, About, Kind, Reach

__all__ = [
    "KINDS",
    "OF_A_TEAM",
    "OF_THE_WORKSPACE",
    "About",
    "BotFacts",
    "Kind",
    "Reach",
    "RecordingFacts",
    "Rules",
    "Standing",
    "next_look",
    "stand",
]
