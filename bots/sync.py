"""Pull: what webhooks could not bring, fetched from Recall with few calls."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from bots import conf, connection, details, discovery, lifecycle
from bots.lifecycle import Phase
from bots.models import Bot, Order, Workspace, mirror
from bots.models.bot_queryset import LIVE_PHASES
from bots.recall import errors, limits, reading, types
from bots.recall.client import Recall

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
# A glance that needs many pages comes as much more rarely: half of what sync may list in a minute.
PAGE = 100
GLANCE_EACH_PAGE = timedelta(seconds=2.5)
MOST_GLANCED = 30
# Of the bots that a glance could not see, this many are looked at one by one.
MOST_LOOKS = 20
# Recall takes five looks at one bot for each list: fewer are looked at one by one.
WORTH_A_LIST = limits.OTHER // limits.LIST

LIVE_CODES = (
    "ready",
    "joining_call",
    "in_waiting_room",
    "in_call_not_recording",
    "recording_permission_allowed",
    "recording_permission_denied",
    "in_call_recording",
)
OVER_CODES = (
    "call_ended",
    "recording_done",
    "done",
    "fatal",
    "media_expired",
    "analysis_done",
    "analysis_failed",
)


def refresh(pk: int, *, clock: Clock) -> bool:
    """Bring one bot up to date: its whole history, its recordings, what was said in them.

    Returns False when no look is due, another worker is at it, or Recall refuses the workspace's
    key. What Recall refuses is retried later; only a missing bot is marked gone.
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
    mine = Bot.objects.filter(pk=pk)
    if bot.workspace.key_problem and not admitted(bot.workspace, now):
        mine.update(refresh_lease_until=None, refresh_due_at=now + connection.LOCKED_OUT)
        return False
    attempts = 0
    due: datetime | None = None
    try:
        with connection.recall(bot.workspace, clock=clock) as recall:
            answer = recall.retrieve_bot(str(bot.recall_id))
            bot.take(answer, source=Bot.Source.SYNC, now=clock())
            details.fetch(bot, answer, recall, now=clock())
    except errors.NotFound:
        bot.gone_at = now
        bot.save(update_fields=["gone_at"])
        bot.observe([], source=Bot.Source.SYNC, now=now, told=True)
    except errors.RecallError as error:
        note(bot.workspace, error, now)
        # One that our own budget kept back was not tried.
        attempts = bot.refresh_attempts + (not isinstance(error, errors.OverBudget))
        due = now + _patience(error, attempts)
    else:
        welcomed(bot.workspace, now)
        if _is_unfinished(bot) or bot.orders.unconfirmed().exists():
            attempts = bot.refresh_attempts + 1
            due = now + timedelta(seconds=min(4 * 2 ** min(attempts, 8), 600))
    mine.update(refresh_lease_until=None, refresh_attempts=attempts)
    # Wishes that came meanwhile are earlier than the lease, and stay.
    mine.filter(refresh_due_at=lease).update(refresh_due_at=due)
    return True


def fetch(workspace: Workspace, recall_id: str, *, now: datetime) -> Bot:
    """Bring in a bot that we had never heard of. Raises what the client raises, and Buried."""
    with connection.recall(workspace, clock=lambda: now) as recall:
        answer = recall.retrieve_bot(recall_id)
    return discovery.take_in(workspace, answer, now=now)


def glance(workspace: Workspace, *, clock: Clock) -> int:
    """Look at all live bots of a workspace with one list; returns how many were new to us.

    What Recall no longer counts as live has moved on: many by a list of what is over, few and
    whatever that does not name by a look at each.
    """
    now = clock()
    expected = _expected(workspace, now).values_list("pk", "recall_id")
    missing = {str(recall_id): pk for pk, recall_id in expected}
    new = 0
    with connection.recall(workspace, clock=clock) as recall:
        page = recall.list_bots(status=LIVE_CODES)
        for _ in range(MOST_GLANCED):
            live = [
                answer for answer in page.results if _is_live(answer) and reading.is_uuid(answer.id)
            ]
            new += sum(missing.pop(answer.id, None) is None for answer in live)
            news = _news_in(workspace, live)
            for answer in discovery.take_known(workspace, news, now=clock()):
                with suppress(discovery.Buried):
                    discovery.take_in(workspace, answer, now=clock())
            following = recall.bots.following(page)
            if following is None:
                is_whole = True
                break
            page = following
        else:
            is_whole = False
            logger.warning("%s has more live bots than %s pages", workspace.slug, MOST_GLANCED)
        if len(missing) >= WORTH_A_LIST:
            with suppress(errors.OverBudget):
                _find_among_over(workspace, missing, recall, clock=clock)
    # Who stands on pages that were not read is not gone by that.
    for pk in list(missing.values())[: None if is_whole else MOST_LOOKS]:
        Bot(pk=pk).want_refresh(now)
    return new


def _find_among_over(
    workspace: Workspace, missing: dict[str, int], recall: Recall, *, clock: Clock
) -> None:
    """Bring up to date those of the missing that the newest of what is over names."""
    page = recall.list_bots(status=OVER_CODES)
    for _ in range(MOST_GLANCED):
        found = [answer for answer in page.results if answer.id in missing]
        discovery.take_known(workspace, found, now=clock())
        for answer in found:
            del missing[answer.id]
        if len(found) < WORTH_A_LIST or not missing:
            break
        following = recall.bots.following(page)
        if following is None:
            break
        page = following


def _news_in(workspace: Workspace, answers: Sequence[types.Bot]) -> list[types.Bot]:
    """Those of the answers that say anything which is not known; asked for all of them at once."""
    ids = [answer.id for answer in answers]
    known = {
        str(bot.recall_id): bot
        for bot in Bot.objects.filter(workspace=workspace, recall_id__in=ids).prefetch_related(
            "status_changes", "recordings__artifacts"
        )
    }
    open_orders = set(
        Order.objects.unconfirmed()
        .filter(bot__in=[bot.pk for bot in known.values()])
        .values_list("bot_id", flat=True)
    )
    return [
        answer
        for answer in answers
        if (bot := known.get(answer.id)) is None
        or bot.pk in open_orders
        or not _is_mirrored(bot, answer)
    ]


def _is_mirrored(bot: Bot, answer: types.Bot) -> bool:
    """Whether all that Recall's answer says of the bot is known."""
    if bot.gone_at is not None or bot.config != mirror.settings_in(answer):
        return False
    said = {(s.code, s.sub_code or "", s.at) for s in answer.status_changes if s.at is not None}
    known = {(change.code, change.sub_code, change.at) for change in bot.status_changes.all()}
    if not said <= known:
        return False
    recordings = {str(recording.recall_id): recording for recording in bot.recordings.all()}
    return all(
        (recording := recordings.get(each.id)) is not None and recording.mirrors(each)
        for each in answer.recordings
        if reading.is_uuid(each.id)
    )


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
        | Q(~Q(import_rest=""), discovered_at__lte=now - DISCOVER_WATCHED)
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
            _quietly(workspace, lambda: discovery.discover(workspace, clock=clock), now)


def _glance_every(workspace: Workspace, now: datetime) -> timedelta:
    if _is_watched(workspace, now):
        every = GLANCE_WATCHED
    else:
        every = GLANCE_SYNC_ONLY if workspace.is_sync_only else GLANCE_QUIET
    if _is_time(workspace.glanced_at, every, now):
        pages = -(-_expected(workspace, now).count() // PAGE)
        every = max(every, pages * GLANCE_EACH_PAGE)
    return every


def _discover_every(workspace: Workspace, now: datetime) -> timedelta:
    if _is_watched(workspace, now) or workspace.import_rest:
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
    if not admitted(workspace, now):
        return
    try:
        look()
    except errors.RecallError as error:
        note(workspace, error, now)
    else:
        welcomed(workspace, now)


def admitted(workspace: Workspace, now: datetime) -> bool:
    """Whether work in the background may call Recall now.

    Not while Recall asked for quiet. Where it refuses the key, one caller in ten minutes may, so
    that it is noticed when the key is good again.
    """
    if not workspace.key_problem:
        return workspace.quiet_until is None or workspace.quiet_until <= now
    calm = Q(quiet_until=None) | Q(quiet_until__lte=now)
    mine = Workspace.objects.filter(calm, pk=workspace.pk).exclude(key_problem="")
    return bool(mine.update(quiet_until=now + connection.LOCKED_OUT))


def welcomed(workspace: Workspace, now: datetime) -> None:
    """Recall has answered: its key is good."""
    if workspace.key_problem:
        workspace.key_problem, workspace.key_checked_at, workspace.quiet_until = "", now, None
        workspace.save(update_fields=["key_problem", "key_checked_at", "quiet_until"])


def note(workspace: Workspace, error: errors.RecallError, now: datetime) -> None:
    """Keep what a refusal says of the whole workspace, so that nothing is asked in vain."""
    logger.info("Looking at %s: %r", workspace.slug, error)
    fresh: dict[str, object] = {}
    if isinstance(error, errors.WrongKeyOrRegion):
        # No hammering with a key that Recall does not know.
        fresh = {
            "key_problem": error.sentence,
            "key_checked_at": now,
            "quiet_until": now + connection.LOCKED_OUT,
        }
    elif isinstance(error, errors.SlowDown):
        # What our own budget keeps back waits for its one endpoint; the others are not full.
        fresh = {"quiet_until": now + timedelta(seconds=error.retry_after_s)}
    for name, value in fresh.items():
        setattr(workspace, name, value)
    if fresh:
        Workspace.objects.filter(pk=workspace.pk).update(**fresh)


def _patience(error: errors.RecallError, attempts: int) -> timedelta:
    if isinstance(error, errors.SlowDown | errors.OverBudget):
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
