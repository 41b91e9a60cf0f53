"""The kinds of alerts: one row each, with its words, its defaults and who may choose it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bots.rights import Right


class Kind(StrEnum):
    """What an alert is about, in the order in which pages name them."""

    WAITING = "waiting"
    DENIED = "denied"
    SILENT = "silent"
    FAILED = "failed"
    READY = "ready"
    EXPIRING = "expiring"
    WEBHOOKS = "webhooks"
    GUESSING = "guessing"


class Reach(StrEnum):
    """Whose bots somebody wants to hear of, in one channel."""

    OFF = "off"
    MINE = "mine"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class About:
    """A kind of alert.

    `many` is the subject of one message about several, with {n}; `tone` how bad it is: "darkred",
    "amber" or "green". `page` and `mail` are what members of the team have without choosing;
    `slack` whether a new address gets it. `lasts` says that it is over by itself when it is no
    longer so. Nothing is raised whose time lies further back than `fresh`: then it is history;
    None where what it tells still lies ahead for as long as it stands.
    """

    label: str
    many: str
    tone: str
    icon: str
    fresh: timedelta | None
    page: Reach = Reach.MINE
    mail: Reach = Reach.OFF
    slack: bool = True
    lasts: bool = False
    # Whom it is for where it is about no bot; None: for those who see the bot.
    right: Right | None = None


# A bot that is in a meeting now is news, however long a server was away.
_LIVE = timedelta(hours=2)
_LATELY = timedelta(minutes=30)

KINDS: Final[dict[Kind, About]] = {
    Kind.WAITING: About(
        "Waiting to be let in",
        "{n} bots are waiting to be let in",
        "amber",
        "door-open",
        _LIVE,
        page=Reach.ALL,
        lasts=True,
    ),
    Kind.DENIED: About(
        "Permission to record denied",
        "{n} bots may not record",
        "amber",
        "lock",
        _LIVE,
        page=Reach.ALL,
        lasts=True,
    ),
    Kind.SILENT: About(
        "In the call and not recording",
        "{n} bots are in a call and not recording",
        "amber",
        "circle",
        _LIVE,
        page=Reach.ALL,
        lasts=True,
    ),
    Kind.FAILED: About(
        "Failed, never admitted or removed",
        "{n} bots failed",
        "darkred",
        "x",
        _LATELY,
        page=Reach.ALL,
        mail=Reach.MINE,
    ),
    Kind.READY: About(
        "Recording ready", "{n} recordings are ready", "green", "play", _LATELY, slack=False
    ),
    Kind.EXPIRING: About(
        "Recording deleted soon",
        "{n} recordings are deleted soon",
        "amber",
        "hourglass",
        None,
        mail=Reach.MINE,
        slack=False,
        lasts=True,
    ),
    Kind.WEBHOOKS: About(
        "Webhooks broken",
        "Webhooks look broken",
        "amber",
        "webhook",
        timedelta(days=1),
        page=Reach.ALL,
        slack=False,
        lasts=True,
        right=Right.LEAD,
    ),
    Kind.GUESSING: About(
        "Much guessing at an account",
        "Somebody guesses at {n} accounts",
        "darkred",
        "user-x",
        _LATELY,
        page=Reach.ALL,
        mail=Reach.ALL,
        slack=False,
        right=Right.OWN,
    ),
}
OF_A_TEAM: Final = tuple(kind for kind in Kind if KINDS[kind].right is None)
OF_THE_WORKSPACE: Final = tuple(kind for kind in Kind if KINDS[kind].right is not None)
