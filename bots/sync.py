"""Pull: what webhooks could not bring, fetched from Recall with few calls."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from bots import conf, connection, details, lifecycle
from bots.lifecycle import Phase
from bots.models import Bot, Order, Workspace
from bots.models.bot import LIVE_PHASES
from bots.recall import errors, meeting_objects, meeting_urls, types

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]

LEASE = timedelta(seconds=60)
# How long live bots may go unseen: while somebody watches, while nobody does and webhooks come,
# while nobody does and none can come.
GLANCE_WATCHED = timedelta(seconds=10)
GLANCE_SYNC_ONLY = timedelta(seconds=30)
GLANCE_QUIET = timedelta(minutes=4)
WATCHED_FOR = timedelta(seconds=30)
# How often bots are looked for that somebody made with the same key elsewhere.
DISCOVER_WATCHED = timedelta(minutes=1)
DISCOVER_SYNC_ONLY = timedelta(minutes=2)
DISCOVER = timedelta(minutes=15)
# A scheduled bot is expected to move this soon after its time.
LATE = timedelta(seconds=20)
MOST_PAGES = 10

LIVE_CODES = (
    "ready",
    "joining_call",
    "in_waiting_room",
    "in_call_not_recording",
    "recording_permission_allowed",
    "recording_permission_denied",
    "in_call_recording",
)


def refresh(pk: int, *, clock: Clock) -> bool:
    """Bring one bot up to date: its whole history, its recordings, what was said in them.

    Returns False when no look is due or another worker is at it. What Recall refuses is retried
    later; only a missing bot is marked gone.
    """
    now = clock()
    lease = now + LEASE
    # Due again when the lease ends, so that a look whose worker died is taken up by another.
    claimed = (
        Bot.objects.filter(pk=pk, refresh_due_at__lte=now, recall_id__isnull=False)
        .filter(Q(refresh_lease_until=None) | Q(refresh_lease_until__lte=now))
        .update(refresh_due_at=lease, refresh_lease_until=lease)
    )
    if not claimed:
        return False
    bot = Bot.objects.select_related("workspace").get(pk=pk)
    attempts = 0
    due: datetime | None = None
    try:
        with connection.recall(bot.workspace) as recall:
            answer = recall.retrieve_bot(str(bot.recall_id))
            bot.take(answer, source=Bot.Source.SYNC, now=clock())
            details.fetch(bot, answer, recall, now=clock())
    except errors.NotFound:
        bot.gone_at = now
        bot.save(update_fields=["gone_at"])
        bot.observe([], source=Bot.Source.SYNC, now=now, told=True)
    except errors.RecallError as error:
        note(bot.workspace, error, now)
        attempts = bot.refresh_attempts + 1
        due = now + _patience(error, attempts)
    else:
        if _is_unfinished(bot) or bot.orders.unconfirmed().exists():
            attempts = bot.refresh_attempts + 1
            due = now + timedelta(seconds=min(4 * 2 ** min(attempts, 8), 600))
    mine = Bot.objects.filter(pk=pk)
    mine.update(refresh_lease_until=None, refresh_attempts=attempts)
    # Wishes that came meanwhile are earlier than the lease, and stay.
    mine.filter(refresh_due_at=lease).update(refresh_due_at=due)
    return True


def fetch(workspace: Workspace, recall_id: str, *, now: datetime) -> Bot:
    """Bring in a bot that we had never heard of. Raises what the client raises."""
    with connection.recall(workspace) as recall:
        answer = recall.retrieve_bot(recall_id)
    return take_in(workspace, answer, now=now)


def take_in(workspace: Workspace, answer: types.Bot, *, now: datetime) -> Bot:
    """Mirror a bot of that workspace, whether we sent it or somebody else did."""
    bot = Bot.objects.filter(workspace=workspace, recall_id=answer.id).first()
    if bot is None:
        bot = _ours(workspace, answer) or _stranger(workspace, answer, now)
        bot.want_refresh(now)
    bot.take(answer, source=Bot.Source.SYNC, now=now)
    return bot


def glance(workspace: Workspace, *, clock: Clock) -> int:
    """Look at all live bots of a workspace with one list; returns how many were new to us."""
    now = clock()
    expected = _expected(workspace, now).values_list("pk", "recall_id")
    missing = {str(recall_id): pk for pk, recall_id in expected}
    new = 0
    with connection.recall(workspace) as recall:
        for answer in recall.iter_bots(max_pages=MOST_PAGES, status=LIVE_CODES):
            if not _is_live(answer):
                continue
            if missing.pop(answer.id, None) is None:
                new += 1
            take_in(workspace, answer, now=clock())
    # What Recall no longer counts as live has moved on: look at each.
    for pk in missing.values():
        Bot(pk=pk).want_refresh(now)
    return new


def discover(workspace: Workspace, *, clock: Clock, max_pages: int = MOST_PAGES) -> int:
    """Bring in the bots that were made with the same key elsewhere; returns how many."""
    known = set(
        map(
            str,
            Bot.objects.filter(workspace=workspace, recall_id__isnull=False)
            .order_by("-pk")
            .values_list("recall_id", flat=True)[:2000],
        )
    )
    new = 0
    with connection.recall(workspace) as recall:
        page = recall.list_bots()
        for _ in range(max_pages):
            strangers = [answer for answer in page.results if answer.id not in known]
            for answer in strangers:
                take_in(workspace, answer, now=clock())
            new += len(strangers)
            # Newest first: a page without anything new means the rest is known.
            if not strangers or (following := recall.bots.following(page)) is None:
                break
            page = following
    return new


def bots_due(now: datetime) -> QuerySet[Bot]:
    """The bots that a look at Recall is due for, where Recall did not ask for quiet."""
    calm = Q(workspace__quiet_until=None) | Q(workspace__quiet_until__lte=now)
    return Bot.objects.filter(calm, refresh_due_at__lte=now, recall_id__isnull=False)


def workspaces_due(now: datetime) -> QuerySet[Workspace]:
    """The workspaces that have gone unseen for too long; `look_after` says which look it is."""
    with_key = Workspace.objects.exclude(api_key="").filter(
        Q(quiet_until=None) | Q(quiet_until__lte=now)
    )
    can_hear = bool(conf.webhook_origin())
    glance = GLANCE_QUIET if can_hear else GLANCE_SYNC_ONLY
    discover = DISCOVER if can_hear else DISCOVER_SYNC_ONLY
    return with_key.filter(
        Q(glanced_at=None)
        | Q(discovered_at=None)
        | Q(glanced_at__lte=now - GLANCE_WATCHED, watched_at__gt=now - WATCHED_FOR)
        | Q(glanced_at__lte=now - glance)
        | Q(discovered_at__lte=now - DISCOVER_WATCHED, watched_at__gt=now - WATCHED_FOR)
        | Q(discovered_at__lte=now - discover)
    )


def look_after(workspace: Workspace, *, clock: Clock) -> None:
    """Glance at and discover the bots of one workspace, as far as it is time for either."""
    now = clock()
    if _is_time(workspace.glanced_at, _glance_every(workspace, now), now):
        mine = Workspace.objects.filter(pk=workspace.pk, glanced_at=workspace.glanced_at)
        if mine.update(glanced_at=now) and _expected(workspace, now).exists():
            _quietly(workspace, lambda: glance(workspace, clock=clock), now)
    if _is_time(workspace.discovered_at, _discover_every(workspace, now), now):
        mine = Workspace.objects.filter(pk=workspace.pk, discovered_at=workspace.discovered_at)
        if mine.update(discovered_at=now):
            _quietly(workspace, lambda: discover(workspace, clock=clock), now)


def _glance_every(workspace: Workspace, now: datetime) -> timedelta:
    if _is_watched(workspace, now):
        return GLANCE_WATCHED
    return GLANCE_SYNC_ONLY if workspace.is_sync_only else GLANCE_QUIET


def _discover_every(workspace: Workspace, now: datetime) -> timedelta:
    if _is_watched(workspace, now):
        return DISCOVER_WATCHED
    return DISCOVER_SYNC_ONLY if workspace.is_sync_only else DISCOVER


def _is_watched(workspace: Workspace, now: datetime) -> bool:
    return workspace.watched_at is not None and now - workspace.watched_at < WATCHED_FOR


def _is_time(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or now - last >= every


def _expected(workspace: Workspace, now: datetime) -> QuerySet[Bot]:
    """The bots that Recall should count as live, and those that say what we don't understand."""
    live = Q(phase__in=[*LIVE_PHASES, Phase.UNKNOWN])
    late = Q(phase=Phase.SCHEDULED, join_at__lt=now - LATE)
    return Bot.objects.filter(live | late, workspace=workspace, recall_id__isnull=False)


def _quietly(workspace: Workspace, look: Callable[[], object], now: datetime) -> None:
    """A look that may fail: what Recall refuses is noted with the workspace and tried later."""
    try:
        look()
    except errors.RecallError as error:
        note(workspace, error, now)
    else:
        if workspace.key_problem:
            Workspace.objects.filter(pk=workspace.pk).update(key_problem="", key_checked_at=now)


def note(workspace: Workspace, error: errors.RecallError, now: datetime) -> None:
    """Keep what a refusal says of the whole workspace, so that nothing is asked in vain."""
    logger.info("Looking at %s: %r", workspace.slug, error)
    fresh: dict[str, object] = {}
    if isinstance(error, errors.WrongKeyOrRegion):
        # No hammering with a key that Recall does not know.
        fresh = {
            "key_problem": error.sentence,
            "key_checked_at": now,
            "quiet_until": now + timedelta(minutes=10),
        }
    elif isinstance(error, errors.SlowDown):
        fresh = {"quiet_until": now + timedelta(seconds=error.retry_after_s)}
    if fresh:
        Workspace.objects.filter(pk=workspace.pk).update(**fresh)


def _patience(error: errors.RecallError, attempts: int) -> timedelta:
    if isinstance(error, errors.SlowDown):
        return timedelta(seconds=error.retry_after_s)
    return timedelta(seconds=min(5 * 2 ** min(attempts, 8), 600))


def _is_unfinished(bot: Bot) -> bool:
    """Whether Recall will go on changing this bot although its meeting is over."""
    if bot.phase == Phase.PROCESSING:
        return True
    if not bot.is_over:
        return False
    recordings = list(bot.recordings.prefetch_related("artifacts"))
    return any(not recording.is_settled for recording in recordings)


def _is_live(answer: types.Bot) -> bool:
    return answer.latest is None or not lifecycle.is_terminal(answer.latest.code)


def _ours(workspace: Workspace, answer: types.Bot) -> Bot | None:
    """The bot that we sent and whose answer was lost on the way."""
    token = answer.metadata.get("recalldash_order")
    if not token:
        return None
    order = Order.objects.filter(bot__workspace=workspace, bot__recall_id=None, token=token).first()
    if order is None:
        return None
    bot = order.bot
    bot.recall_id = answer.id
    bot.failure = ""
    bot.save(update_fields=["recall_id", "failure"])
    return bot


def _stranger(workspace: Workspace, answer: types.Bot, now: datetime) -> Bot:
    """A bot made with the same key elsewhere: it falls to the default team."""
    url = meeting_objects.link(answer.meeting_url)
    try:
        link = meeting_urls.find(url)
    except meeting_urls.NotALink:
        link = None
    created_at = min(
        [at for status in answer.status_changes if (at := status.at)]
        + [recording.created_at for recording in answer.recordings if recording.created_at]
        + ([answer.join_at] if answer.join_at else [])
        or [now]
    )
    try:
        with transaction.atomic():
            return Bot.objects.create(
                workspace=workspace,
                team=workspace.default_team,
                recall_id=answer.id,
                title=answer.metadata.get("title", "")[:200],
                name=answer.bot_name[:100] or "Meeting Notetaker",
                meeting_url=link.url if link else url,
                meeting_key=link.key[:300] if link else "",
                platform=answer.platform,
                join_at=answer.join_at,
                created_at=min(created_at, now),
            )
    except IntegrityError:
        return Bot.objects.get(workspace=workspace, recall_id=answer.id)
