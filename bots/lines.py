"""The lines at the broker: what waits in one never waits behind what is in another."""

from typing import Final

# What people press, and what carries it out.
CLICKS: Final = "clicks"
# What follows from news of a meeting: rules, questions, assistants, messages.
NEWS: Final = "webhooks"
# Looks at Recall that nobody waits for.
SYNC: Final = "sync"
# What is long and wants the machine's disk, line and cores.
MEDIA: Final = "media"
# All else, and whatever is sent without a line of its own.
HOUSE: Final = "celery"

ALL: Final = (HOUSE, CLICKS, NEWS, SYNC, MEDIA)
