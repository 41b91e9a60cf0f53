"""Recordings and the files that Recall makes of each; their links are never kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from bots.models.fields import WORD
from bots.models.workspace import Membership, Workspace
from bots.recall import reading, types

if TYPE_CHECKING:
    from bots.models.bot import Bot

PLAYABLE = ("video_mixed", "audio_mixed")
# Which of two words that bear the same time is the later one; others stand before all of these.
_COURSE = ("processing", "paused", "done", "failed", "deleted")


def _is_later(status: str, at: datetime, than: "Recording | Artifact") -> bool:
    """Whether news of that time takes the place of what is known."""
    if not than.status or at != than.status_at:
        return not than.status or at > than.status_at
    place = {word: n for n, word in enumerate(_COURSE)}
    return place.get(status, -1) >= place.get(than.status, -1)


class RecordingManager(models.Manager["Recording"]):
    def seen_by(self, membership: Membership) -> models.QuerySet["Recording"]:
        """The recordings of the bots that this person may see."""
        mine = self.filter(workspace_id=membership.workspace_id)
        hidden = membership.hidden_team_ids
        return mine.exclude(bot__team_id__in=hidden) if hidden else mine

    def mirror(self, bot: "Bot", answer: types.Recording, *, now: datetime) -> bool:
        """Keep a recording as Recall returned it; say whether anything changed.

        What bears an id that can be none of Recall's is left out, here and among its files.
        """
        if not reading.is_uuid(answer.id):
            return False
        recording, changed = self.hear(
            bot,
            recall_id=answer.id,
            status=answer.status,
            sub_code=answer.sub_code or "",
            at=answer.updated_at or answer.created_at or now,
            created_at=answer.created_at,
            known=bot.known_recording(answer.id),
        )
        if recording.erased_at is not None:
            return False
        fields = ("created_at", "started_at", "completed_at", "expires_at")
        fresh = {name: getattr(answer, name) for name in fields if getattr(answer, name)}
        if any(getattr(recording, name) != value for name, value in fresh.items()):
            for name, value in fresh.items():
                setattr(recording, name, value)
            recording.save(update_fields=list(fresh))
            changed = True
        return recording.keep(answer.media.values(), now=now) or changed

    def hear(
        self,
        bot: "Bot",
        *,
        recall_id: str,
        status: str,
        sub_code: str,
        at: datetime,
        created_at: datetime | None = None,
        known: "Recording | None" = None,
    ) -> tuple["Recording", bool]:
        """Note a recording's status unless we know a later one; say whether it changed.

        An empty status says only that there is such a recording. Nothing is heard any more of what
        was erased. `known` is what is kept of it, where that was read already.
        """
        recording, made = known, False
        if recording is None:
            # Not through a bot's own manager: an id of the workspace stays with the bot it came
            # with.
            recording, made = self.model.objects.get_or_create(
                workspace_id=bot.workspace_id,
                recall_id=recall_id,
                defaults={
                    "bot": bot,
                    "status": status,
                    "sub_code": sub_code,
                    "status_at": at,
                    "created_at": created_at or at,
                },
            )
        if made:
            return recording, True
        if recording.erased_at is not None:
            return recording, False
        fresh: dict[str, Any] = {}
        # It began no later than anything that was ever said of it, whatever was heard first.
        if (created_at or at) < recording.created_at:
            fresh["created_at"] = created_at or at
        if status and _is_later(status, at, recording):
            fresh |= {"status": status, "sub_code": sub_code, "status_at": at}
        changed = {name for name, value in fresh.items() if getattr(recording, name) != value}
        for name in changed:
            setattr(recording, name, fresh[name])
        if changed:
            recording.save(update_fields=sorted(changed))
        return recording, bool(changed - {"status_at"})


class Recording(models.Model):
    """A Recall recording. Pause and resume stay one; each start makes its own."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    bot = models.ForeignKey("bots.Bot", models.CASCADE, related_name="recordings")
    recall_id = models.UUIDField(editable=False)
    status = models.CharField(max_length=WORD, blank=True, default="")
    sub_code = models.CharField(max_length=WORD, blank=True, default="")
    status_at = models.DateTimeField()
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    # When participants and transcript were last fetched and kept.
    details_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What came of it, apart from Recall's status, and what is missing as a sentence. Written by
    # `Bot.observe()` alone, like the bot's own outcome.
    outcome = models.CharField(max_length=20, blank=True, default="", editable=False)
    missing = models.TextField(blank=True, default="", editable=False)
    # Its content was deleted here: the row stays as a tombstone, and nothing fills it again.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RecordingManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "recall_id"], name="recording_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"], name="recording_list"),
        ]

    def __str__(self) -> str:
        return f"recording of {self.bot}"

    @property
    def is_settled(self) -> bool:
        """Whether Recall will not change it any more by itself, but for its expiry."""
        return self.status in {"done", "failed", "deleted"} and not any(
            a.status == "processing" for a in self.artifacts.all()
        )

    @property
    def duration_s(self) -> float | None:
        """Seconds from its start to its end, or None while it runs."""
        if self.started_at is None or self.completed_at is None:
            return None
        return max((self.completed_at - self.started_at).total_seconds(), 0.0)

    @property
    def has_files(self) -> bool:
        """Whether Recall holds anything of it that can be had."""
        return any(each.status == "done" for each in self.artifacts.all())

    @property
    def playable(self) -> "Artifact | None":
        """Its film, or its sound where there is no film; None while there is neither."""
        if self.status in ("processing", "paused"):
            return None
        files = {file.kind: file for file in self.artifacts.all() if file.is_playable}
        return files.get("video_mixed") or files.get("audio_mixed")

    def is_erased_by_now(self) -> bool:
        """Whether it was deleted here meanwhile; nobody does it until the transaction ends."""
        type(self.bot).objects.filter(pk=self.bot_id).hold()
        return not Recording.objects.filter(pk=self.pk, erased_at=None).exists()

    def mirrors(self, answer: types.Recording) -> bool:
        """Whether all that Recall's answer says of it is known; of artifacts read beforehand."""
        if self.erased_at is not None:
            return True
        times = ("created_at", "started_at", "completed_at", "expires_at")
        if any(getattr(answer, name) not in (None, getattr(self, name)) for name in times):
            return False
        known = {(a.kind, str(a.recall_id), a.status) for a in self.artifacts.all()}
        files = [a for a in answer.media.values() if reading.is_uuid(a.id)]
        said = {(a.kind, a.id, a.status) for a in files}
        return answer.status == self.status and said <= known

    def keep(self, answers: Iterable[types.Artifact], *, now: datetime) -> bool:
        """Keep artifacts as Recall returned them; say whether anything changed.

        Names of people who were erased are left out: a file's data may hold the meeting's title.
        """
        changed = False
        veil = self.bot.veil_everywhere
        known = {(a.kind, str(a.recall_id)): a for a in self.artifacts.all()}
        for answer in answers:
            if not reading.is_uuid(answer.id):
                continue
            changed |= self.hear_artifact(
                kind=answer.kind,
                recall_id=answer.id,
                status=answer.status,
                sub_code=answer.sub_code or "",
                at=answer.updated_at or answer.created_at or now,
                extra={"format": answer.format, "data": veil.tree(answer.raw.get("data") or {})},
                known=known.get((answer.kind, answer.id)),
            )
        return changed

    def hear_artifact(
        self,
        *,
        kind: str,
        recall_id: str,
        status: str,
        sub_code: str,
        at: datetime,
        extra: dict[str, Any] | None = None,
        known: "Artifact | None" = None,
    ) -> bool:
        """Note an artifact's status unless we know a later one; say whether anything changed.

        `known` is what is kept of it, where that was read already.
        """
        if self.erased_at is not None:
            return False
        fields = {"status": status, "sub_code": sub_code, "status_at": at}
        artifact = known
        if artifact is None:
            artifact, made = self.artifacts.get_or_create(
                kind=kind, recall_id=recall_id, defaults={**fields, **(extra or {})}
            )
            if made:
                return True
        fresh = dict(extra or {})
        if status and _is_later(status, at, artifact):
            fresh |= fields
        changed = [name for name, value in fresh.items() if getattr(artifact, name) != value]
        for name in changed:
            setattr(artifact, name, fresh[name])
        if changed:
            artifact.save(update_fields=changed)
        return bool(changed)


class Artifact(models.Model):
    """One file of a recording: mixed video, mixed audio, transcript …"""

    recording = models.ForeignKey(Recording, models.CASCADE, related_name="artifacts")
    kind = models.CharField(max_length=WORD)
    recall_id = models.UUIDField(editable=False)
    format = models.CharField(max_length=WORD, blank=True, default="")
    status = models.CharField(max_length=WORD, blank=True, default="")
    sub_code = models.CharField(max_length=WORD, blank=True, default="")
    status_at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)
    # Bytes, learned from the link when it was at hand; of tracks it is their list.
    size = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recording", "kind", "recall_id"], name="artifact_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.format}".strip()

    @property
    def is_playable(self) -> bool:
        return self.kind in PLAYABLE and self.status == "done" and self.format != "raw"
