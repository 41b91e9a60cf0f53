"""What each role in a workspace may do: the written list that pages show and views obey."""

from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """One thing that a person may do; its sentence stands in `SENTENCES`."""

    LOOK = "look"
    OPERATE = "operate"
    LEAD = "lead"
    EVERYWHERE = "everywhere"
    CONNECT = "connect"
    WATCH = "watch"
    PEOPLE = "people"
    ERASE = "erase"
    AUDIT = "audit"
    ASSIST = "assist"
    API = "api"
    OWN = "own"


SENTENCES: Final = {
    Right.LOOK: "See the bots and recordings of their teams, and of every team that shows them "
    "to the whole workspace.",
    Right.OPERATE: "Send bots for their teams, press their buttons, and have many leave at once.",
    Right.LEAD: "Change the recording policy and the notetaker names of their teams, try them on "
    "past meetings, read the raw deliveries of their teams' bots, and delete what those have "
    "recorded, at Recall and here.",
    Right.EVERYWHERE: "All of this in every team, also where recordings are for members only; "
    "and change the workspace default.",
    Right.CONNECT: "Change the connection to Recall: region, key and webhook secrets.",
    Right.WATCH: "See deliveries, calls to Recall and how much of Recall's limits is used; "
    "replay what failed.",
    Right.PEOPLE: "Invite people as team leads, operators and viewers, change the roles and teams "
    "of those, remove them; make, rename and archive teams.",
    Right.ERASE: "Delete bots with everything that is kept of them; look up what is kept of a "
    "person, take it along and erase it.",
    Right.AUDIT: "Read and export the audit log.",
    Right.ASSIST: "Make, change and remove assistants: who answers for them, with which key, and "
    "what they may do in meetings.",
    Right.API: "Make and revoke tokens of the API, by which programs see and steer bots of every "
    "team, or of some.",
    Right.OWN: "Invite, make and remove owners and admins; rename the workspace.",
}

_VIEWER = frozenset({Right.LOOK})
_OPERATOR = _VIEWER | {Right.OPERATE}
_LEAD = _OPERATOR | {Right.LEAD}
_ADMIN = _LEAD | {
    Right.EVERYWHERE,
    Right.CONNECT,
    Right.WATCH,
    Right.PEOPLE,
    Right.ERASE,
    Right.AUDIT,
    Right.ASSIST,
    Right.API,
}

# By the word that a membership's role is stored as; from the least to the most.
RIGHTS: Final[dict[str, frozenset[Right]]] = {
    "viewer": _VIEWER,
    "operator": _OPERATOR,
    "lead": _LEAD,
    "admin": _ADMIN,
    "owner": frozenset(Right),
}


def has(role: str, right: Right) -> bool:
    """Whether that role may do that; a role that nobody knows may do nothing."""
    return right in RIGHTS.get(role, frozenset())


def may_give(giver: str, role: str) -> bool:
    """Whether somebody of the role `giver` may give that role to others, and take it away.

    Owners and admins are made and unmade by owners alone; so nobody rises above who lifts them.
    """
    if role not in RIGHTS or not has(giver, Right.PEOPLE):
        return False
    return has(giver, Right.OWN) or not has(role, Right.EVERYWHERE)
