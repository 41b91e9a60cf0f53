"""Bots that were made elsewhere with the same key, and those of ours whose answer was lost."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from bots import connection
from bots.models import Bot, Forgotten, Order, Tombstone, Workspace, mirror
from bots.models.held import hold_whole
from bots.models.writes import Writes
from bots.recall import errors, meeting_objects, meeting_urls, reading, types
from bots.recall.client import Recall

Clock = Callable[[], datetime]

MOST_PAGES = 10
# So many are held at once.
STEP = 25
# Later than all lists are read: where a bot is comes before what it has recorded.
FILES_AFTER = timedelta(seconds=15)


class Buried(Exception):
    """The bot was deleted here."""


def take_in(workspace: Workspace, answer: types.Bot, *, now: datetime) -> Bot:
    """Mirror a bot of that workspace, whether we sent it or somebody else did.

    Raises Buried for one that was deleted here: it does not come in again.
    """
    if Tombstone.objects.stands_for(workspace.pk, answer.id):
        raise Buried
    bot = Bot.objects.filter(workspace=workspace, recall_id=answer.id).first()
    if bot is None:
        with transaction.atomic():
            # What will look at it stands together with its id: once known, no list brings it in.
            bot = _ours(workspace, answer) or _stranger(workspace, answer, now)
            bot.want_refresh(now)
    bot.take(answer, source=Bot.Source.SYNC, now=now)
    return bot


def take_known(
    workspace: Workspace, answers: Sequence[types.Bot], *, now: datetime
) -> list[types.Bot]:
    """Mirror those of the answers whose bots we have, together; returns the others.

    Some bots at a time, so that no webhook of theirs waits for long. Those that are in no meeting
    any more are looked at a little later, for what was recorded.
    """
    named = {answer.id: answer for answer in answers if reading.is_uuid(answer.id)}
    ids = sorted(named)
    for start in range(0, len(ids), STEP):
        some, writes = ids[start : start + STEP], Writes()
        with transaction.atomic():
            for bot in hold_whole([workspace.pk], some, *mirror.FIELDS):
                answer, was_live = named.pop(str(bot.recall_id)), bot.is_live
                bot.take_held(answer, source=Bot.Source.SYNC, now=now, into=writes)
                if was_live and not bot.is_live and (answer.recordings or not bot.is_over):
                    due = bot.refresh_due_at
                    bot.refresh_due_at = min(due, now + FILES_AFTER) if due else now + FILES_AFTER
                    writes.bot(bot, ["refresh_due_at"])
            writes.flush(now)
    return list(named.values())


def discover(workspace: Workspace, *, clock: Clock, max_pages: int = MOST_PAGES) -> int:
    """Bring in the bots that were made with the same key elsewhere; returns how many.

    Where a long list is cut short, by its length or by an error, `import_rest` keeps the place,
    and the next time goes on from there.
    """
    rest = workspace.import_rest
    new = 0
    with connection.recall(workspace, clock=clock) as recall:
        page = recall.list_bots()
        for _ in range(max_pages):
            strangers = _strangers(workspace, page.results)
            for answer in strangers:
                take_in(workspace, answer, now=clock())
            new += len(strangers)
            # Newest first: a page without anything new means that what follows was known before.
            if not strangers or page.next is None:
                _go_on_from(workspace, rest)
                break
            # Written down first: whatever happens on the next page, it is known where to go on.
            _go_on_from(workspace, page.next)
            following = recall.bots.following(page)
            assert following is not None
            page = following
        if rest and workspace.import_rest == rest:
            new += _import_rest(workspace, recall, clock=clock, max_pages=max_pages)
    return new


def _import_rest(workspace: Workspace, recall: Recall, *, clock: Clock, max_pages: int) -> int:
    """Go on with a list that was cut short, to its end, past what is known already."""
    new = 0
    for _ in range(max_pages):
        here: types.Page[types.Bot] = types.Page(results=(), next=workspace.import_rest)
        try:
            page = recall.bots.following(here)
        except (errors.NotFound, errors.NotRecall, errors.Refused):
            # The list has become shorter, or its pages are called otherwise by now.
            page = None
        if page is None:
            _go_on_from(workspace, "")
            break
        strangers = _strangers(workspace, page.results)
        for answer in strangers:
            take_in(workspace, answer, now=clock())
        new += len(strangers)
        _go_on_from(workspace, page.next or "")
        if page.next is None:
            break
    return new


def _go_on_from(workspace: Workspace, link: str) -> None:
    if workspace.import_rest != link:
        workspace.import_rest = link
        Workspace.objects.filter(pk=workspace.pk).update(import_rest=link)


def _strangers(workspace: Workspace, answers: Sequence[types.Bot]) -> list[types.Bot]:
    ids = [answer.id for answer in answers if reading.is_uuid(answer.id)]
    bots = Bot.objects.filter(workspace=workspace, recall_id__in=ids)
    buried = Tombstone.objects.filter(workspace=workspace, recall_id__in=ids)
    known = {str(pk) for rows in (bots, buried) for pk in rows.values_list("recall_id", flat=True)}
    return [answer for answer in answers if answer.id in ids and answer.id not in known]


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
    veil = Forgotten.objects.veil(workspace.pk, answer.id).everywhere
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
                title=veil.text(answer.metadata.get("title", ""))[:200],
                name=answer.bot_name[:100] or "Meeting Notetaker",
                meeting_url=link.url if link else url,
                meeting_key=link.key[:300] if link else "",
                platform=answer.platform,
                join_at=answer.join_at,
                created_at=min(created_at, now),
            )
    except IntegrityError:
        return Bot.objects.get(workspace=workspace, recall_id=answer.id)
