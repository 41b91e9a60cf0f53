"""What the dashboard knows, one file per noun."""

from bots.models.alert import (
    Alert,
    AlertAddress,
    AlertChoice,
    AlertMessage,
    AlertRules,
    Heard,
)
from bots.models.api_token import ApiCall, ApiToken, Scope
from bots.models.assistant import (
    Assistant,
    AssistantSession,
    AssistantTurn,
    RecordingSummary,
)
from bots.models.audit import AuditEvent, Verb
from bots.models.batch import Batch, BatchItem
from bots.models.bot import Bot
from bots.models.call import Budget, Call
from bots.models.consent import Consent, ConsentAnswer
from bots.models.delivery import Delivery
from bots.models.dryrun import DryRun
from bots.models.ear import Ear, Speaking
from bots.models.erasure import Erasure, PersonErasure, Tombstone
from bots.models.feed import Change
from bots.models.forgotten import Forgotten
from bots.models.heartbeat import Heartbeat
from bots.models.history import News, StatusChange
from bots.models.invitation import Invitation
from bots.models.kept import KeptFile, Leftover
from bots.models.lane import Lane
from bots.models.leave_rule import LeaveRule
from bots.models.meeting import Participant, ParticipantEvent
from bots.models.order import Order
from bots.models.policy import Picture, PolicyVersion
from bots.models.poster import Poster
from bots.models.recording import Artifact, Recording
from bots.models.share import Clip, Share
from bots.models.sound import Sound
from bots.models.track import Track
from bots.models.transcript import Passage, Transcript
from bots.models.workspace import Membership, Role, Team, WebhookSecret, Workspace

__all__ = [
    "Alert",
    "AlertAddress",
    "AlertChoice",
    "AlertMessage",
    "AlertRules",
    "ApiCall",
    "ApiToken",
    "Artifact",
    "Assistant",
    "AssistantSession",
    "AssistantTurn",
    "AuditEvent",
    "Batch",
    "BatchItem",
    "Bot",
    "Budget",
    "Call",
    "Change",
    "Clip",
    "Consent",
    "ConsentAnswer",
    "Delivery",
    "DryRun",
    "Ear",
    "Erasure",
    "Forgotten",
    "Heard",
    "Heartbeat",
    "Invitation",
    "KeptFile",
    "Lane",
    "LeaveRule",
    "Leftover",
    "Membership",
    "News",
    "Order",
    "Participant",
    "ParticipantEvent",
    "Passage",
    "PersonErasure",
    "Picture",
    "PolicyVersion",
    "Poster",
    "Recording",
    "RecordingSummary",
    "Role",
    "Scope",
    "Share",
    "Sound",
    "Speaking",
    "StatusChange",
    "Team",
    "Tombstone",
    "Track",
    "Transcript",
    "Verb",
    "WebhookSecret",
    "Workspace",
]
