"""What the dashboard knows, one file per noun."""

from bots.models.bot import Bot, News, StatusChange
from bots.models.delivery import Delivery
from bots.models.dryrun import DryRun
from bots.models.feed import Change
from bots.models.heartbeat import Heartbeat
from bots.models.meeting import Participant, ParticipantEvent, Transcript
from bots.models.order import Order
from bots.models.policy import Picture, PolicyVersion
from bots.models.recording import Artifact, Recording
from bots.models.workspace import Membership, Role, Team, WebhookSecret, Workspace

__all__ = [
    "Artifact",
    "Bot",
    "Change",
    "Delivery",
    "DryRun",
    "Heartbeat",
    "Membership",
    "News",
    "Order",
    "Participant",
    "ParticipantEvent",
    "Picture",
    "PolicyVersion",
    "Recording",
    "Role",
    "StatusChange",
    "Team",
    "Transcript",
    "WebhookSecret",
    "Workspace",
]
