"""Who may show a recording to outsiders by a link, and until when such a link counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac

from bots import conf
from bots.models import (
    AuditEvent,
    Clip,
    KeptFile,
    Membership,
    PolicyVersion,
    Recording,
    Share,
    Team,
    Verb,
)
from bots.policy import Rules
from bots.rights import Right

# A longer stretch is no moment: the whole recording can be shared instead.
LONGEST_MOMENT_S: Final = 30 * 60
MOST_RUNNING: Final = 50
# How long a link that is over still says why.
TOLD_FOR: Final = timedelta(days=90)
# A file without a row may be one whose row is being written.
STRAY_FOR: Final = timedelta(hours=1)
# Opened again by the same visitor within this time is one opening.
ONE_OPENING: Final = timedelta(hours=1)

_RIGHTS: Final = {"operators": Right.OPERATE, "leads": Right.LEAD}


class NotAllowed(Exception):
    """Why this person can't have that, as a sentence."""


class Closed(StrEnum):
    """Why a link shows nothing; the value is what outsiders read, who learn no more than that."""

    REVOKED = "Whoever shared it has taken it back."
    MAKER_GONE = "It was taken back."
    RECORDING_GONE = "The recording was deleted."
    EXPIRED = "Its time is over."
    SWITCHED_OFF = "The team that recorded this shows nothing by links any more."
    MAKER_MAY_NOT = "It does not count at present."

    @property
    def inside(self) -> str:
        """The same for the members of the workspace, in a few words."""
        return _INSIDE[self]


_INSIDE: Final = {
    Closed.REVOKED: "Revoked",
    Closed.MAKER_GONE: "Its maker left the workspace",
    Closed.RECORDING_GONE: "The recording is deleted",
    Closed.EXPIRED: "Expired",
    Closed.SWITCHED_OFF: "The policy allows no links",
    Closed.MAKER_MAY_NOT: "Its maker may not share any more",
}
_ENDED: Final = {
    Share.Ended.REVOKED: Closed.REVOKED,
    Share.Ended.MAKER_GONE: Closed.MAKER_GONE,
    Share.Ended.RECORDING_GONE: Closed.RECORDING_GONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a new link shall show, for whom and how long; seconds are those of the film."""

    label: str
    days: int
    shows_film: bool = True
    shows_words: bool = True
    shows_names: bool = False
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A link as things are: until when it counts, or why it shows nothing."""

    share: Share
    ends_at: datetime
    closed: Closed | None


def rules_of(team: Team) -> Rules:
    """What the team's policy in force says."""
    return PolicyVersion.objects.current(team).pure.rules


def may_share(membership: Membership, team: Team, rules: Rules) -> bool:
    """Whether this person may make links to recordings of that team."""
    right = _RIGHTS.get(rules.share_links)
    return right is not None and membership.may(right) and membership.belongs(team.pk)


def why_not(membership: Membership, recording: Recording, rules: Rules) -> str:
    """Why this person makes no links to that recording; "" where they may."""
    team, who = recording.bot.team, rules.share_links
    if who not in _RIGHTS:
        return f"The policy of {team} allows no share links."
    if is_gone(recording):
        return "This recording is deleted: there is nothing to show."
    if may_share(membership, team, rules):
        return ""
    whose = "team leads, admins and owners" if who == "leads" else "operators and team leads"
    return f"By the policy of {team} its {whose} make share links."


def may_revoke(membership: Membership, share: Share) -> bool:
    """Whether this person may end that link: its maker, and whoever leads the team."""
    return share.by_id == membership.user_id or membership.leads(share.recording.bot.team)


def is_gone(recording: Recording) -> bool:
    """Whether there is nothing left of it that a link might show."""
    return recording.status == "deleted" and KeptFile.objects.film_of(recording) is None


def film_kind(recording: Recording) -> str:
    """Which film or sound of it can be shown, at Recall or as the team's copy; "" if there is none.

    `video_mixed` or `audio_mixed`.
    """
    film = KeptFile.objects.playable(recording)
    return film.kind if film else ""


def standings(
    shares: Iterable[Share], *, now: datetime, known: Mapping[int, Rules] | None = None
) -> list[Standing]:
    """How each of them stands; every policy and every maker is asked for once.

    `known` are rules in force that were read already, by team.
    """
    several = list(shares)
    rules = dict(known or {})
    for share in several:
        team = share.recording.bot.team
        if team.pk not in rules:
            rules[team.pk] = rules_of(team)
    members = {
        (member.user_id, member.workspace_id): member
        for member in Membership.objects.filter(
            user__in={share.by_id for share in several} - {None},
            workspace__in={share.recording.workspace_id for share in several},
            user__is_active=True,
        )
    }
    found = []
    for share in several:
        team = share.recording.bot.team
        maker = members.get((share.by_id or 0, share.recording.workspace_id))
        ends_at = min(
            share.expires_at, share.created_at + timedelta(days=rules[team.pk].share_days)
        )
        why = _closed(share, team, maker, rules[team.pk], ends_at=ends_at, now=now)
        found.append(Standing(share, ends_at, why))
    return found


def standing(share: Share, *, now: datetime) -> Standing:
    """How that link stands."""
    return standings([share], now=now)[0]


def rests(share: Share, *, now: datetime) -> bool:
    """Whether a link that shows nothing may count again: nobody ended it, its time is not over."""
    is_open = share.ended_at is None and now < share.expires_at
    return is_open and not is_gone(share.recording)


def _closed(
    share: Share,
    team: Team,
    maker: Membership | None,
    rules: Rules,
    *,
    ends_at: datetime,
    now: datetime,
) -> Closed | None:
    if share.ended_at is not None:
        return _ENDED.get(Share.Ended(share.ended_why), Closed.REVOKED)
    if is_gone(share.recording):
        return Closed.RECORDING_GONE
    if ends_at <= now:
        return Closed.EXPIRED
    if rules.share_links not in _RIGHTS:
        return Closed.SWITCHED_OFF
    if maker is None:
        return Closed.MAKER_GONE
    return None if may_share(maker, team, rules) else Closed.MAKER_MAY_NOT


def make(
    membership: Membership, recording: Recording, wish: Wish, *, now: datetime
) -> tuple[Share, str]:
    """A new link and its token, shown once; the clip of a moment is to be cut from now on.

    Raises NotAllowed.
    """
    team = recording.bot.team
    rules = rules_of(team)
    if refusal := why_not(membership, recording, rules):
        raise NotAllowed(refusal)
    if not 1 <= wish.days <= rules.share_days:
        raise NotAllowed(f"By the policy of {team} a link lives {rules.share_days} days at most.")
    needs_clip = wish.start_s is not None and wish.shows_film
    film = film_kind(recording) if needs_clip else ""
    if needs_clip and not film:
        raise NotAllowed("There is no film of this recording to cut a moment from.")
    with transaction.atomic():
        if recording.shares.running(now).count() >= MOST_RUNNING:
            raise NotAllowed(f"There are {MOST_RUNNING} links already. Revoke one of them first.")
        share, token = Share.objects.make(
            recording,
            by=membership.user,
            label=wish.label[: Share.LABEL],
            created_at=now,
            expires_at=now + timedelta(days=wish.days),
            shows_film=wish.shows_film,
            shows_words=wish.shows_words,
            shows_names=wish.shows_names,
            start_s=wish.start_s,
            end_s=wish.end_s,
        )
        if film:
            is_film = film == "video_mixed"
            Clip.objects.create(share=share, name=uuid4().hex, is_film=is_film, due_at=now)
        detail = {
            "until": f"{share.expires_at:%Y-%m-%d}",
            "moment": _moment(share),
            "with_names": share.shows_names,
        }
        _note(share, Verb.SHARE_MADE, by=membership.user, now=now, **detail)
    return share, token


def revoke(membership: Membership, share: Share, *, now: datetime) -> None:
    """End a link at once, and take its clip away. Raises NotAllowed."""
    if not may_revoke(membership, share):
        raise NotAllowed("Only its maker and whoever leads the team can revoke this link.")
    with transaction.atomic():
        mine = Share.objects.filter(pk=share.pk)
        if mine.end(why=Share.Ended.REVOKED, by=membership.user, now=now):
            _note(share, Verb.SHARE_REVOKED, by=membership.user, now=now)


def revoke_all(membership: Membership, team: Team, *, now: datetime) -> int:
    """End every link to recordings of that team; how many those were. Raises NotAllowed."""
    if not membership.leads(team):
        raise NotAllowed(f"Only whoever leads {team} can revoke all of its links.")
    with transaction.atomic():
        running = Share.objects.filter(recording__bot__team=team).running(now)
        count = running.end(why=Share.Ended.REVOKED, by=membership.user, now=now)
        if count:
            AuditEvent.objects.record(
                membership.workspace,
                Verb.SHARES_REVOKED,
                by=membership.user,
                now=now,
                target=team,
                detail={"count": count},
            )
    return count


def forget(recording: Recording, *, now: datetime) -> int:
    """End every link to a recording that is deleted or erased, and take all clips of it away."""
    return recording.shares.all().end(why=Share.Ended.RECORDING_GONE, by=None, now=now)


def note_opening(share: Share, *, now: datetime) -> None:
    """Count that somebody opened it, and write that into the audit log."""
    with transaction.atomic():
        share.count_opening(now)
        _note(share, Verb.SHARE_OPENED, by=None, now=now)


def note_download(share: Share, *, now: datetime) -> None:
    """Write into the audit log that somebody took the film along."""
    _note(share, Verb.SHARE_DOWNLOADED, by=None, now=now)


def visitor(share: Share, address: str, agent: str) -> str:
    """A word for one visitor of that link, from which nobody finds out who it was.

    It is kept for `ONE_OPENING` alone, and is another one at another link.
    """
    secret = salted_hmac("bots.shares.visitor", f"{share.pk}\n{address}\n{agent}")
    return secret.hexdigest()[:32]


def listed(membership: Membership, *, now: datetime) -> QuerySet[Share]:
    """The links that run, to recordings of teams that this person leads, newest first."""
    shares = Share.objects.running(now).filter(recording__workspace=membership.workspace)
    if not membership.may(Right.EVERYWHERE):
        shares = shares.filter(recording__bot__team__in=membership.team_ids)
    return with_all(shares)


def of_recording(recording: Recording, *, now: datetime) -> list[Share]:
    """Every link to it that runs and the newest of those that ended, newest first."""
    running = recording.shares.running(now)
    over = recording.shares.exclude(pk__in=running.values("pk"))
    return [*with_all(running), *with_all(over)[:MOST_RUNNING]]


def with_all(shares: QuerySet[Share]) -> QuerySet[Share]:
    """With what a list of them shows, newest first."""
    known = ("by", "ended_by", "clip", "recording__workspace", "recording__bot__team__workspace")
    return shares.select_related(*known).order_by("-pk")


def prune(now: datetime) -> int:
    """Take clips away whose link is over, rows that told so long enough, and files without one.

    How many went.
    """
    kept = KeptFile.objects.playing().filter(recording=OuterRef("recording"))
    gone = Share.objects.filter(~Exists(kept), ended_at=None, recording__status="deleted")
    count = gone.end(why=Share.Ended.RECORDING_GONE, by=None, now=now)
    over = Q(share__expires_at__lte=now) | Q(share__ended_at__isnull=False)
    for clip in Clip.objects.filter(over).exclude(state=Clip.State.DROPPED):
        clip.drop()
        count += 1
    past = Q(expires_at__lt=now - TOLD_FOR) | Q(ended_at__lt=now - TOLD_FOR)
    count += Share.objects.filter(past).delete()[1].get("bots.Share", 0)
    return count + _drop_strays(now)


def _drop_strays(now: datetime) -> int:
    folder, count = conf.clips_dir(), 0
    if not folder.is_dir():
        return 0
    known = set(Clip.objects.exclude(state=Clip.State.DROPPED).values_list("name", flat=True))
    for path in folder.iterdir():
        if path.name.partition(".")[0] not in known and _is_old_file(path, now):
            path.unlink(missing_ok=True)
            count += 1
    return count


def _is_old_file(path: Path, now: datetime) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < (now - STRAY_FOR).timestamp()
    except FileNotFoundError:
        return False  # a worker was quicker


def link(token: str, *, origin: str = "") -> str:
    """Where that token opens. `origin` stands in where PUBLIC_URL is not set."""
    return f"{settings.PUBLIC_URL or origin.rstrip('/')}/s/{token}/"


def _moment(share: Share) -> str:
    if share.start_s is None or share.end_s is None:
        return ""
    return f"{share.start_s:g} s to {share.end_s:g} s"


def _note(share: Share, verb: str, *, by: Any, now: datetime, **detail: Any) -> None:
    AuditEvent.objects.record(
        share.recording.workspace,
        verb,
        by=by,
        now=now,
        target=share.recording,
        what=f"“{share.label}” of {share.recording.bot}",
        detail={"share": share.pk, **detail},
    )
