"""Bots; `Bot.observe()` alone moves a status."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from bots import lifecycle
from bots.lifecycle import Action, Phase
from bots.models import came, mirror
from bots.models.bot_queryset import LIVE_PHASES, OVER_PHASES, SETTLED, SHOWN, BotQuerySet
from bots.models.feed import Change
from bots.models.fields import WORD
from bots.models.forgotten import NO_VEIL, Forgotten, Veil
from bots.models.history import Entry, News, Source, same, told_by, told_by_the_other
from bots.models.indexes import where_set
from bots.models.workspace import Team, Workspace
from bots.models.writes import Writes
from bots.recall import types


class Bot(models.Model):
    """One Recall bot for one meeting. Single-use: it cannot rejoin."""

    Source = Source
    # What `hold_whole()` found there is to be read; without it, that is seen by reading it.
    has_recordings: bool = True
    has_accepted: bool = True
    # All that it has come to, where `hold_whole()` read it.
    known_history: list[Entry] | None = None
    # Whether people were erased from this workspace's meetings.
    is_veiled: bool = True

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="bots", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="bots")
    # Null until Recall has taken the order to send it.
    recall_id = models.UUIDField(null=True, blank=True, editable=False)

    title = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=100)
    meeting_url = models.TextField()
    meeting_key = models.CharField(max_length=300, blank=True, default="", editable=False)
    platform = models.CharField(max_length=WORD, blank=True, default="", editable=False)
    join_at = models.DateTimeField(null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    # What lists are ordered by: when it was meant to join, else when it was made.
    met_at = models.DateTimeField(editable=False)

    # Recall's last word that moved it, and our reading of it. Only `observe()` writes these.
    code = models.CharField(max_length=WORD, blank=True, default="", editable=False)
    sub_code = models.CharField(max_length=WORD, blank=True, default="", editable=False)
    code_at = models.DateTimeField(null=True, editable=False)
    recording_status = models.CharField(max_length=WORD, blank=True, default="", editable=False)
    phase = models.CharField(max_length=20, default=Phase.JOINING, editable=False)
    phase_at = models.DateTimeField(editable=False)
    outcome = models.CharField(max_length=20, blank=True, default="", editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    # Why it never came to be at Recall, as a sentence; "" for a bot that did.
    failure = models.TextField(blank=True, default="", editable=False)
    # Deleted at Recall before it joined.
    cancelled_at = models.DateTimeField(null=True, editable=False)

    # The exact Create Bot request, and of what it was made: the policy, and what was asked for.
    request = models.JSONField(default=dict, blank=True, editable=False)
    policy = models.ForeignKey(
        "bots.PolicyVersion", models.SET_NULL, null=True, blank=True, related_name="bots"
    )
    asked = models.JSONField(default=dict, blank=True, editable=False)
    config = models.JSONField(default=dict, blank=True, editable=False)

    refresh_due_at = models.DateTimeField(null=True, editable=False)
    refresh_lease_until = models.DateTimeField(null=True, editable=False)
    refresh_attempts = models.PositiveIntegerField(default=0, editable=False)
    gone_at = models.DateTimeField(null=True, editable=False)
    # Whether rules of ours may have it leave (`leave_rules`), which are looked at when it moves.
    has_leave_rules = models.BooleanField(default=False, editable=False)
    # How far the question is whether it may record (`lifecycle.consents.Stage`); "": none is asked.
    consent_stage = models.CharField(max_length=10, blank=True, default="", editable=False)
    # When to look at that again; null: when something is answered, or it moves.
    consent_due_at = models.DateTimeField(null=True, editable=False)
    is_assisted = models.BooleanField(default=False, editable=False)  # an assistant takes part
    # When to look whether there is something to alert people to; null: when it moves next.
    alerts_due_at = models.DateTimeField(null=True, editable=False)

    objects = BotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "recall_id"], name="bot_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "-met_at", "-id"], name="bot_list"),
            # Of all phases: SQLite takes no index that is limited to several of them.
            models.Index(fields=["workspace", "phase", "-met_at", "-id"], name="bot_live"),
            models.Index(fields=["workspace", "meeting_key"], name="bot_meeting"),
            where_set("workspace", "ended_at", name="bot_ended"),
            where_set("consent_due_at", name="bot_consent"),
            where_set("refresh_due_at", name="bot_refresh"),
            where_set("alerts_due_at", name="bot_alerts"),
        ]

    def __str__(self) -> str:
        return self.title or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.met_at = self.met_at or self.join_at or self.created_at
        self.phase_at = self.phase_at or self.created_at
        super().save(*args, **kwargs)

    @property
    def took(self) -> timedelta | None:
        """How long one that is over was at work."""
        return self.ended_at - self.started_at if self.started_at and self.ended_at else None

    @property
    def known_as(self) -> str:
        """What people tell it by: its title, else the meeting's link without what may hold a
        password."""
        place = self.meeting_url.partition("://")[2].partition("?")[0].partition("#")[0]
        return self.title or place or self.name

    @property
    def is_live(self) -> bool:
        return self.phase in LIVE_PHASES

    @property
    def is_over(self) -> bool:
        return self.phase in OVER_PHASES

    @property
    def recording_config(self) -> dict[str, Any]:
        """How it records, in Recall's words; empty where nobody knows."""
        return mirror.recording_config(self)

    @property
    def newest_recording(self) -> Any:
        return self.recordings.order_by("-created_at", "-pk").first()

    def want_refresh(self, at: datetime) -> None:
        """Ask for a look at Recall no later than `at`; several wishes make one look."""
        type(self).objects.filter(pk=self.pk).filter(
            Q(refresh_due_at=None) | Q(refresh_due_at__gt=at)
        ).update(refresh_due_at=at)

    def want_consent(self, at: datetime) -> None:
        """Have the question for consent looked at then."""
        self.consent_due_at = at
        type(self).objects.filter(pk=self.pk).update(consent_due_at=at)

    def want_lookout(self, now: datetime) -> None:
        """Have it seen whether something of it deserves an alert, or no more."""
        type(self).objects.filter(pk=self.pk).update(alerts_due_at=now)

    def tell(self, now: datetime) -> None:
        Change.tell(workspace_id=self.workspace_id, bot_id=self.pk, team_id=self.team_id, now=now)

    def observe(
        self,
        news: Iterable[News],
        *,
        source: str,
        now: datetime,
        delivery: Any = None,
        told: bool = False,
    ) -> int:
        """Keep the statuses that we had not heard of and point at the latest; say how many.

        Late news joins the history and never moves the bot back. The same change by webhook and
        by sync is one entry, at the time that Recall's API gives. `told`: tell the browsers even
        if nothing moved.
        """
        with transaction.atomic():
            # One observer at a time, so that two doubles can't both find nothing.
            held = type(self).objects.select_for_update().get(pk=self.pk)
            new = held.observe_held(news, source=source, now=now, delivery=delivery, told=told)
        self.refresh_from_db()
        return new

    def observe_held(
        self,
        news: Iterable[News],
        *,
        source: str,
        now: datetime,
        delivery: Any = None,
        told: bool = False,
        into: Writes | None = None,
    ) -> int:
        """`observe()` for a bot that was read in this transaction by `hold()`.

        With `into`, what it comes to is written by whoever flushes that.
        """
        writes = Writes() if into is None else into
        history = writes.history(self)
        items = sorted(news, key=lambda item: (item.at, lifecycle.rank(item.code)))
        new = 0
        for item in items:
            known = (
                told_by(delivery, history)
                or same(item, history, items)
                or told_by_the_other(item, history, items, source)
            )
            new += self._keep(item, known, writes, source=source, now=now, delivery=delivery)
        moved = self._settle(history, writes, now)
        if (new or moved) and self.has_leave_rules:
            self.leave_rules.filter(state="waiting").update(due_at=now)
        if (new or moved) and self.consent_stage:
            self.consent_due_at = now
            writes.bot(self, ["consent_due_at"])
        if (new or moved) and self.is_assisted:
            self.assistant_session.wake(now)
        if new or moved or told:
            self.alerts_due_at = now
            writes.bot(self, ["alerts_due_at"])
            writes.tell(self)
        if into is None:
            writes.flush(now)
        return new

    def _keep(
        self,
        item: News,
        known: Entry | None,
        writes: Writes,
        *,
        source: str,
        now: datetime,
        delivery: Any,
    ) -> bool:
        """Write one status into the history unless it stands there already, as `known`."""
        if known is None:
            writes.add(
                Entry(
                    bot_id=self.pk,
                    code=item.code,
                    sub_code=item.sub_code,
                    at=item.at,
                    source=source,
                    delivery_id=delivery and delivery.pk,
                    is_heard=source == self.Source.WEBHOOK,
                    message=item.message,
                )
            )
            return True
        if source == self.Source.WEBHOOK and not known.is_heard:
            known.is_heard, known.delivery_id = True, delivery and delivery.pk
            writes.entry(known, heard_at=now, delivery_id=known.delivery_id)
        elif source != self.Source.WEBHOOK and known.at != item.at:
            known.at = item.at
            writes.entry(known, at=item.at)
        return False

    def _settle(self, history: list[Entry], writes: Writes, now: datetime) -> bool:
        """Read code, phase and outcome from the history; say whether anything moved."""
        history = sorted(history, key=lambda change: (change.at, lifecycle.rank(change.code)))
        latest: Entry | None = None
        anew: datetime | None = None  # since when it is so, where it was otherwise before
        for change in history:
            if lifecycle.supersedes(change.code, current=latest.code if latest else ""):
                if latest is not None and change.reading != latest.reading:
                    anew = change.at
                latest = change
        recordings = self._recordings()
        recording = recordings[-1] if recordings else None
        before = {name: getattr(self, name) for name in SETTLED}
        self.code = latest.code if latest else ""
        self.sub_code = latest.sub_code if latest else ""
        self.code_at = latest.at if latest else None
        self.recording_status = recording.status if recording else ""
        accepted = self._accepted()
        closed = sum(order.settle(self, recording, now=now) for order in accepted)
        phase = self._phase(
            scheduled=not history and self.join_at is not None and self.join_at > self.created_at,
            leaving=any(o.action == Action.LEAVE and o.state == "accepted" for o in accepted),
        )
        # Cancelled, or gone from Recall: its code says nothing of its end.
        ended_at = (self.code_at if lifecycle.is_terminal(self.code) else self.ended_at) or now
        if phase != self.phase:
            self.phase_at = ended_at if phase.is_over else self._moved_at(phase, recording, now)
        elif anew is not None and phase is not Phase.LEAVING:
            self.phase_at = max(self.phase_at, anew)
        self.phase = phase
        came.settle(self, recordings, history, is_over=phase.is_over)
        self.outcome = came.outcome_of(self, history, recordings) if phase.is_over else ""
        if history:
            self.started_at = history[0].at
        self.ended_at = ended_at if phase.is_over else None
        changed = [name for name, was in before.items() if getattr(self, name) != was]
        if changed:
            writes.bot(self, changed)
        return bool(closed or set(changed) & SHOWN)

    def _recordings(self) -> list[Any]:
        """All of its recordings with their files, the first one first."""
        if not self.has_recordings:
            return []
        rows = self.recordings.all()
        if "recordings" not in getattr(self, "_prefetched_objects_cache", {}):
            rows = rows.prefetch_related("artifacts")
        return sorted(rows, key=lambda each: (each.created_at, each.pk))

    def _accepted(self) -> list[Any]:
        """The orders that Recall has taken, and that were not seen to be carried out yet."""
        known = getattr(self, "accepted_orders", None)
        if not self.has_accepted:
            return []
        if known is None:
            return list(self.orders.accepted())
        return [order for order in known if order.state == "accepted"]

    @property
    def veil_everywhere(self) -> Veil:
        """What keeps those who were erased out of whatever is told of this bot."""
        if not self.is_veiled:
            return NO_VEIL
        return Forgotten.objects.veil(self.workspace_id, self.recall_id).everywhere

    def known_recording(self, recall_id: str) -> Any:
        """That one as `hold_whole()` read it; None where it is to be looked for."""
        read = getattr(self, "_prefetched_objects_cache", {}).get("recordings", ())
        return next((each for each in read if str(each.recall_id) == recall_id), None)

    def forget_recordings(self) -> None:
        """What `hold_whole()` read of its recordings counts no more: one of them has changed."""
        self.has_recordings = True
        getattr(self, "_prefetched_objects_cache", {}).pop("recordings", None)

    def _moved_at(self, phase: Phase, recording: Any, now: datetime) -> datetime:
        """When the phase that is new to us began."""
        if phase is Phase.LEAVING or self.code_at is None:
            return now
        if Phase.PAUSED in (phase, self.phase) and recording is not None:
            return max(self.code_at, recording.status_at)
        return self.code_at

    def _phase(self, *, scheduled: bool, leaving: bool) -> Phase:
        """Our reading of what Recall said last, and of how it ended where Recall says nothing."""
        if self.cancelled_at is not None:
            return Phase.FINISHED
        if self.failure and not self.code:
            return Phase.FAILED
        if self.gone_at is not None and not lifecycle.is_terminal(self.code):
            return Phase.FINISHED
        return lifecycle.phase(
            self.code,
            self.recording_status,
            scheduled=scheduled,
            leaving=leaving,
            sub_code=self.sub_code,
        )

    def take(self, answer: types.Bot, *, source: str, now: datetime, told: bool = False) -> int:
        """Mirror a bot as Recall returned it: its history, its recordings, its settings.

        Returns how many statuses were new. Media links are never kept. `told` as in `observe()`.
        """
        with transaction.atomic():
            held = type(self).objects.select_for_update().get(pk=self.pk)
            new = held.take_held(answer, source=source, now=now, told=told)
        self.refresh_from_db()
        return new

    def take_held(
        self,
        answer: types.Bot,
        *,
        source: str,
        now: datetime,
        told: bool = False,
        into: Writes | None = None,
    ) -> int:
        """`take()` for a bot that is held; as `observe_held()` is to `observe()`."""
        told |= mirror.keep(self, answer)
        for recording in answer.recordings:
            if self.recordings.mirror(self, recording, now=now):
                told = True
                self.forget_recordings()
        news = [
            News(status.code, status.at, status.sub_code or "", status.message or "")
            for status in answer.status_changes
            if status.at is not None
        ]
        return self.observe_held(news, source=source, now=now, told=told, into=into)
