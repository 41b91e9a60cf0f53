"""What the dashboard knows, one file per noun."""

from bots.models.audit import AuditEvent, Verb
from bots.models.batch import Batch, BatchItem
from bots.models.bot import Bot
from bots.models.call import Budget, Call
from bots.models.delivery import Delivery
from bots.models.dryrun import DryRun
from bots.models.feed import Change
from bots.models.heartbeat import Heartbeat
from bots.models.history import News, StatusChange
from bots.models.invitation import Invitation
from bots.models.lane import Lane
from bots.models.meeting import Participant, ParticipantEvent, Transcript
from bots.models.order import Order
from bots.models.policy import Picture, PolicyVersion
from bots.models.recording import Artifact, Recording
from bots.models.workspace import Membership, Role, Team, WebhookSecret, Workspace

__all__ = [
    "Artifact",
    "AuditEvent",
    "Batch",
    "BatchItem",
    "Bot",
    "Budget",
    "Call",
    "Change",
    "Delivery",
    "DryRun",
    "Heartbeat",
    "Invitation",
    "Lane",
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
    "Verb",
    "WebhookSecret",
    "Workspace",
]
