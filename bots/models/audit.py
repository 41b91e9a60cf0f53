"""The audit log: who did what, written with the deed, never changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q

from bots.models.recording import Recording
from bots.models.workspace import Workspace

UNCHANGEABLE = "What stands in the audit log is never changed."


class Verb(models.TextChoices):
    """What can stand in the log."""

    BOT_SENT = "bot.sent", "sent a bot"
    ORDERED = "order.given", "ordered"
    WITHDRAWN = "order.withdrawn", "took an order back"
    LEAVE_RULE_SET = "leave_rule.set", "set a rule of leaving for"
    LEAVE_RULE_TAKEN_BACK = "leave_rule.taken_back", "took back a rule of leaving of"
    CONSENT_CONFIRMED = "consent.confirmed", "confirmed that all agree to be recorded by"
    CONSENT_EXPORTED = "consent.exported", "exported who agreed to be recorded by"
    ASSISTANT_MADE = "assistant.made", "made the assistant"
    ASSISTANT_CHANGED = "assistant.changed", "changed the assistant"
    ASSISTANT_REMOVED = "assistant.removed", "removed the assistant"
    ASSISTANT_SENT = "assistant.sent", "sent an assistant with"
    ASSISTANT_SILENCED = "assistant.silenced", "silenced the assistant of"
    ASSISTANT_HEARD = "assistant.heard", "let the assistant speak again in"
    SUMMARY_ASKED = "summary.asked", "asked for a summary of"
    LEAVE_ALL = "bots.leave_all", "had many bots leave"
    POLICY_SAVED = "policy.saved", "saved a policy"
    NAMES_SAVED = "names.saved", "changed notetaker names"
    KEY_CHANGED = "key.changed", "changed the connection to Recall"
    SECRET_ADDED = "secret.added", "added a webhook secret"
    SECRET_REMOVED = "secret.removed", "removed a webhook secret"
    INVITED = "member.invited", "invited"
    INVITATION_REVOKED = "invitation.revoked", "took an invitation back"
    JOINED = "member.joined", "joined"
    ROLE_CHANGED = "member.role", "changed the role of"
    TEAMS_CHANGED = "member.teams", "changed the teams of"
    REMOVED = "member.removed", "removed"
    TEAM_MADE = "team.made", "made a team"
    TEAM_RENAMED = "team.renamed", "renamed a team"
    TEAM_ARCHIVED = "team.archived", "archived a team"
    TEAM_RESTORED = "team.restored", "brought a team back"
    WORKSPACE_RENAMED = "workspace.renamed", "renamed the workspace"
    RECORDING_OPENED = "recording.opened", "opened a recording"
    RECORDING_DOWNLOADED = "recording.downloaded", "downloaded from a recording"
    KEEPING = "copy.ordered", "keeps a copy of"
    KEPT = "copy.kept", "kept a copy of"
    COPY_STOPPED = "copy.stopped", "stopped a copy of"
    COPY_DELETED = "copy.deleted", "deleted a copy of"
    COPY_PROLONGED = "copy.until", "changed how long a copy is kept of"
    SHARE_MADE = "share.made", "made a share link"
    SHARE_REVOKED = "share.revoked", "revoked a share link"
    SHARES_REVOKED = "share.all_revoked", "revoked all share links of"
    SHARE_OPENED = "share.opened", "opened a share link"
    SHARE_DOWNLOADED = "share.downloaded", "downloaded by a share link"
    TOKEN_MADE = "token.made", "made the API token"
    TOKEN_REVOKED = "token.revoked", "revoked the API token"
    CHAT_ADDED = "chat.added", "had alerts sent to"
    CHAT_REMOVED = "chat.removed", "stopped alerts to"
    ALERT_RULES = "alerts.rules", "changed when alerts are raised for"
    RECORDINGS_DELETED = "recordings.deleted", "deleted the recordings of"
    BOT_DELETED = "bot.deleted", "deleted with everything"
    PERSON_LOOKED_UP = "person.looked_up", "looked up what is kept of a person"
    PERSON_EXPORTED = "person.exported", "exported what is kept of a person"
    PERSON_ERASED = "person.erased", "erased"
    DELIVERY_REPLAYED = "delivery.replayed", "replayed a delivery"
    AUDIT_EXPORTED = "audit.exported", "exported the audit log"
    IN_ADMIN = "admin.changed", "changed in Django admin"


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **changes: Any) -> int:
        if changes != {"by": None}:  # but an account may go; its name stays
            raise TypeError(UNCHANGEABLE)
        return super().update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError(UNCHANGEABLE)

    def record(
        self,
        workspace: Workspace,
        verb: str,
        *,
        by: User | AnonymousUser | None,
        now: datetime,
        target: models.Model | None = None,
        what: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> "AuditEvent":
        """Note a deed, in the transaction that does it.

        `what` is the target in words as it was called then (else `str(target)`); `detail` holds
        plain values that tell more, never a secret. `by` None: a rule or a process.
        """
        person = by if isinstance(by, User) else None
        return self.create(
            workspace=workspace,
            at=now,
            by=person,
            by_name=(person.email or person.get_username()) if person else "",
            verb=verb,
            kind=target._meta.model_name or "" if target is not None else "",
            target_id=target.pk if target is not None else None,
            what=(what or (str(target) if target is not None else ""))[:300],
            detail=dict(detail or {}),
        )

    def record_once(
        self,
        workspace: Workspace,
        verb: str,
        *,
        by: User,
        now: datetime,
        target: models.Model,
        within: timedelta,
        **said: Any,
    ) -> None:
        """The same, unless the same person did the same to it within that time."""
        lately = self.filter(
            workspace=workspace,
            kind=target._meta.model_name,
            target_id=target.pk,
            at__gt=now - within,
            verb=verb,
            by=by,
        )
        if not lately.exists():
            self.record(workspace, verb, by=by, now=now, target=target, **said)

    def about(self, kind: str, pk: int) -> "AuditQuerySet":
        """What was done to that thing; to a bot: to its recordings, too."""
        if kind != "bot":
            return self.filter(kind=kind, target_id=pk)
        recordings = Recording.objects.filter(bot=pk).values("pk")
        return self.filter(
            Q(kind="bot", target_id=pk) | Q(kind="recording", target_id__in=recordings)
        )


class AuditEvent(models.Model):
    """One deed; it goes with its workspace alone."""

    workspace = models.ForeignKey(
        Workspace, models.CASCADE, related_name="audit_events", db_index=False
    )
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Who it was, also when the account is gone.
    by_name = models.CharField(max_length=254, blank=True, default="")
    verb = models.CharField(max_length=30, choices=Verb.choices)
    kind = models.CharField(max_length=30, blank=True, default="")
    target_id = models.BigIntegerField(null=True)
    what = models.CharField(max_length=300, blank=True, default="")
    detail = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"], name="audit_list"),
            models.Index(fields=["workspace", "kind", "target_id", "-at"], name="audit_of"),
        ]

    def __str__(self) -> str:
        return f"{self.by_name or 'recalldash'} {self.get_verb_display()} {self.what}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(UNCHANGEABLE)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(UNCHANGEABLE)
