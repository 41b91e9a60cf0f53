"""Looks, some bots at a time, for what deserves an alert and for what is over by now.

A bot is due when it has moved, and when something may have come to be though nothing moved
(`Bot.alerts_due_at`); so whoever waits costs one look when it has waited too long, and none before.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from bots import alarms, alerts, hearing
from bots.actions import TAKEN_BACK
from bots.alarms import BotFacts, Kind, RecordingFacts, Rules, Standing
from bots.lifecycle import Action, Phase
from bots.models import (
    Alert,
    AlertRules,
    Bot,
    KeptFile,
    Order,
    Recording,
    StatusChange,
    Workspace,
)

logger = logging.getLogger(__name__)

AT_ONCE = 200
LEASE = timedelta(seconds=60)
WEBHOOKS_EVERY = timedelta(minutes=1)
# API and webhook may disagree by so much on when one and the same thing began.
SAME = timedelta(seconds=5)
_REMOVED = "bot_kicked_from_call"


def is_due(now: datetime) -> bool:
    """Whether there is anything to look at."""
    bots = Bot.objects.filter(alerts_due_at__lte=now)
    return bots.exists() or _workspaces(now).exists() or alerts.are_guesses_noted()


def look(now: datetime, *, most: int = AT_ONCE) -> int:
    """Look at some of the bots that are due; how many there were. With few queries for all."""
    lease = now + LEASE
    with transaction.atomic():
        # Whoever comes at the same time takes others; what a dead worker had comes again.
        due = Bot.objects.filter(alerts_due_at__lte=now).order_by("alerts_due_at")
        held = due.select_for_update(skip_locked=True, no_key=True)
        pks = list(held.values_list("pk", flat=True)[:most])
        Bot.objects.filter(pk__in=pks).update(alerts_due_at=lease)
    by_workspace: dict[Workspace, list[Bot]] = defaultdict(list)
    for bot in _read(pks):
        by_workspace[bot.workspace].append(bot)
    for workspace, bots in by_workspace.items():
        try:
            following = _look_at(workspace, bots, now)
        except IntegrityError:
            logger.info("Somebody else was at the bots of %s; they are looked at again", workspace)
            continue
        for at, group in following.items():
            # What moved meanwhile is due earlier than the lease, and stays.
            mine = Bot.objects.filter(pk__in=group, alerts_due_at=lease)
            mine.update_in_order(alerts_due_at=at)
    return len(pks)


def look_at_webhooks(now: datetime) -> None:
    """Whether webhooks that came look broken now, or are well again; each workspace once a
    minute."""
    for workspace in list(_workspaces(now)):
        mine = Workspace.objects.filter(pk=workspace.pk, alerts_due_at=workspace.alerts_due_at)
        if not mine.update(alerts_due_at=now + WEBHOOKS_EVERY):
            continue
        # Where none has ever come, somebody is still setting it up.
        found = hearing.troubles(workspace, now=now) if workspace.last_delivery_at else []
        broken = [each for each in found if each.key in ("webhooks", "secret")]
        known = list(workspace.alerts.filter(kind=Kind.WEBHOOKS, subject="workspace"))
        standing = [alert for alert in known if not alert.is_over]
        if broken and not standing:
            words = f"{broken[0].sentence} {broken[0].cure}"
            count = _next(known)
            new = alerts.New(Kind.WEBHOOKS, "workspace", now, words, occurrence=count)
            alerts.raise_all(workspace, [new], now=now)
        elif standing and not broken:
            alerts.resolve(standing, now=now)


def kept_copies(recordings: Collection[int]) -> frozenset[int]:
    """Which of these recordings stay playable after Recall has deleted its own."""
    copies = KeptFile.objects.playing().filter(recording__in=recordings)
    return frozenset(copies.values_list("recording_id", flat=True))


def _workspaces(now: datetime) -> QuerySet[Workspace]:
    return Workspace.objects.filter(Q(alerts_due_at=None) | Q(alerts_due_at__lte=now))


def _read(pks: Sequence[int]) -> list[Bot]:
    steered = Order.objects.filter(
        bot=OuterRef("pk"),
        action__in=[Action.START, Action.STOP],
        state__in=[Order.State.ACCEPTED, Order.State.CONFIRMED],
    ).order_by("-pk")
    bots = Bot.objects.filter(pk__in=pks).select_related("workspace", "team", "sent_by")
    return list(
        bots.annotate(steered=Subquery(steered.values("action")[:1]))
        .prefetch_related("recordings__artifacts")
        .order_by("pk")
    )


def _look_at(
    workspace: Workspace, bots: Sequence[Bot], now: datetime
) -> dict[datetime | None, list[int]]:
    """Raise and resolve what is to be; when to look again, and at which of them."""
    rules = {
        row.team_id: row.rules
        for row in AlertRules.objects.filter(team__in={bot.team_id for bot in bots})
    }
    over = [bot.pk for bot in bots if bot.is_over]
    kicked = StatusChange.objects.filter(bot__in=over, code="call_ended", sub_code=_REMOVED)
    removed = set(kicked.values_list("bot_id", flat=True))
    recordings = [recording for bot in bots for recording in bot.recordings.all()]
    kept = kept_copies([recording.pk for recording in recordings])
    known: dict[tuple[int, str, str], list[Alert]] = defaultdict(list)
    for alert in Alert.objects.filter(bot__in=[bot.pk for bot in bots]).order_by("occurrence"):
        known[alert.bot_id or 0, alert.kind, alert.subject].append(alert)
    new: list[alerts.New] = []
    gone: list[Alert] = []
    following: dict[datetime | None, list[int]] = defaultdict(list)
    for bot in bots:
        facts = _facts(bot, is_removed=bot.pk in removed, kept=kept)
        its_rules = rules.get(bot.team_id, Rules())
        standing = alarms.stand(facts, its_rules, now)
        of_bot = {key[1:]: value for key, value in known.items() if key[0] == bot.pk}
        new += _news(bot, standing, of_bot, now)
        gone += _over(standing, of_bot)
        following[alarms.next_look(facts, its_rules, now)].append(bot.pk)
    if gone:
        alerts.resolve(gone, now=now)
    alerts.raise_all(workspace, new, now=now)
    return following


def _news(
    bot: Bot, standing: Sequence[Standing], known: dict[tuple[str, str], list[Alert]], now: datetime
) -> Iterator[alerts.New]:
    by_pk = {recording.pk: recording for recording in bot.recordings.all()}
    for each in standing:
        subject = _subject(each, bot)
        before = known.get((each.kind, subject), [])
        if not each.is_fresh(now) or _is_known(each, before):
            continue
        recording = by_pk.get(each.recording or 0)
        yield alerts.New(
            each.kind, subject, each.since, each.sentence, _next(before), bot, recording
        )


def _is_known(each: Standing, before: Sequence[Alert]) -> bool:
    if not alarms.KINDS[each.kind].lasts:
        return bool(before)  # it happens to a subject once
    return any(abs(alert.since - each.since) <= SAME for alert in before) or any(
        not alert.is_over and alert.since >= each.since for alert in before
    )


def _over(
    standing: Sequence[Standing], known: dict[tuple[str, str], list[Alert]]
) -> Iterator[Alert]:
    """Those that stood and do not any more, or stand anew, from another time on."""
    for (kind, subject), before in known.items():
        if not alerts.lasts(before[0]):
            continue
        now_so = [s.since for s in standing if s.kind == kind and _is_of(s, subject)]
        for alert in before:
            if not alert.is_over and not any(since - alert.since <= SAME for since in now_so):
                yield alert


def _subject(each: Standing, bot: Bot) -> str:
    return f"recording:{each.recording}" if each.recording else f"bot:{bot.pk}"


def _is_of(each: Standing, subject: str) -> bool:
    return subject == f"recording:{each.recording}" or (
        each.recording is None and subject.startswith("bot:")
    )


def _next(before: Sequence[Alert]) -> int:
    return max((alert.occurrence for alert in before), default=-1) + 1


def _facts(bot: Bot, *, is_removed: bool, kept: Collection[int]) -> BotFacts:
    steered = getattr(bot, "steered", None)
    by_hand = bot.recording_config.get("start_recording_on") == "manual" and steered is None
    return BotFacts(
        phase=Phase(bot.phase),
        phase_at=bot.phase_at,
        code=bot.code,
        sub_code=bot.sub_code,
        code_at=bot.code_at,
        platform=bot.platform,
        outcome=bot.outcome,
        ended_at=bot.ended_at,
        failure=bot.failure,
        is_taken_back=bot.failure == TAKEN_BACK,
        is_on_purpose=steered == Action.STOP or by_hand,
        is_removed=is_removed,
        recordings=tuple(_of_recording(each, kept) for each in bot.recordings.all()),
    )


def _of_recording(recording: Recording, kept: Collection[int]) -> RecordingFacts:
    playable = [a.status_at for a in recording.artifacts.all() if a.is_playable]
    left = [a for a in recording.artifacts.all() if a.status == "done"]
    return RecordingFacts(
        recording.pk,
        made_at=recording.created_at,
        ready_at=max(playable) if playable and recording.status == "done" else None,
        expires_at=recording.expires_at if left else None,
        is_kept=recording.pk in kept,
    )
