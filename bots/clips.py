"""Cutting the clip of a moment out of its recording's film: fetched in pieces, gone on with."""

import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from bots import archive, conf, connection, films, shares
from bots.models import Artifact, Change, Clip, KeptFile, Lane, Recording
from bots.recall.errors import NotFound, NotRecall, OverBudget, RecallError

# Longer than any wait for a piece of the film; renewed with what came.
LEASE = timedelta(minutes=2)
# ffmpeg is stopped by itself before that.
CUTTING = timedelta(minutes=12)
RENEW_S = 5.0
# As many without a byte more than before, then it is given up.
MOST_ATTEMPTS = 8
MOST_CUTS = 3
WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(minutes=10)
# Whether a link that rests counts again is asked so often.
RESTS_FOR = timedelta(minutes=1)
# What must stay free on the disk for everything else.
SPARE_BYTES = 500 * 1024 * 1024

RESTS = "It waits for its link, which shows nothing at present."
NO_ROOM = "There is not room enough for the film on the disk."
NO_FILM = "Recall does not hold the film any more."
NOT_CUT = "The film could not be cut."
STILL_FAILS = "It was tried {} times."

logger = logging.getLogger(__name__)

Clock = Callable[[], datetime]


class Lost(Exception):
    """The clip is another worker's by now, or its link has ended."""


class GiveUp(Exception):
    """It makes no sense to try again; the sentence says why."""


class NotYet(Exception):
    """It makes sense to try again later; the sentence says why."""


def cut(pk: int, *, clock: Clock) -> None:
    """Go on with a clip until it is there, given up or to be tried again later.

    Nothing happens while another worker has it, nor for a link that is over.
    """
    until = clock() + LEASE
    if not Clip.objects.claim(pk, clock(), until):
        return
    turn = _Turn(pk, until, clock)
    clip = turn.clip
    try:
        if shares.standing(clip.share, now=clock()).closed:
            if not shares.rests(clip.share, now=clock()):
                raise GiveUp("The link ended before its clip was there.")
            turn.rest()
            return
        _fetch(clip, turn)
        _cut(clip, turn)
    except Lost:
        pass  # whoever has it now goes on; what ended has taken its files away
    except GiveUp as why:
        turn.give_up(str(why))
    except OverBudget as why:
        turn.wait(why.sentence, counts=False)
    except NotFound:
        turn.give_up(NO_FILM)
    except RecallError as why:
        turn.wait(why.sentence)
    except NotYet as why:
        turn.wait(str(why))
    except OSError as error:
        logger.warning("Clip %s: %s", pk, error)
        is_full = error.errno in archive.NO_ROOM
        turn.wait(NO_ROOM if is_full else f"The film could not be written: {error.strerror}.")


class _Turn:
    """One worker's time with a clip: all that it writes is written only while it is theirs."""

    def __init__(self, pk: int, until: datetime, clock: Clock) -> None:
        place = "share__recording__bot__team__workspace"
        self.clip = Clip.objects.select_related(place, "share__recording__workspace").get(pk=pk)
        self.until, self.clock = until, clock

    def write(self, **fields: object) -> None:
        """Raises Lost."""
        mine = Clip.objects.filter(pk=self.clip.pk, due_at=self.until, state=Clip.State.WAITING)
        if not mine.update(**fields):
            raise Lost
        for name, value in fields.items():
            setattr(self.clip, name, value)

    def renew(self, lease: timedelta = LEASE, **fields: object) -> None:
        """Keep it for so long from now on. Raises Lost."""
        until = self.clock() + lease
        self.write(due_at=until, **fields)
        self.until = until

    def wait(self, sentence: str, *, counts: bool = True) -> None:
        attempts = self.clip.attempts
        if counts and attempts >= MOST_ATTEMPTS:
            self.give_up(f"{sentence} {STILL_FAILS.format(attempts)}")
            return
        pause = min(WAIT * 2 ** max(attempts - 1, 0), LONGEST_WAIT)
        self._last(due_at=self.clock() + pause, error=sentence, attempts=attempts - (not counts))

    def rest(self) -> None:
        """Its link may count again; that costs no attempt, and pages are told once."""
        is_news = self.clip.error != RESTS
        pause = {"due_at": self.clock() + RESTS_FOR, "attempts": self.clip.attempts - 1}
        with suppress(Lost):
            self.write(error=RESTS, **pause)
            if is_news:
                tell(self.clip, self.clock())

    def give_up(self, sentence: str) -> None:
        self.clip.source.unlink(missing_ok=True)
        self._last(state=Clip.State.FAILED, due_at=None, error=sentence)

    def _last(self, **fields: object) -> None:
        try:
            self.write(**fields)
        except Lost:
            return
        tell(self.clip, self.clock())


def tell(clip: Clip, now: datetime) -> None:
    """Have open pages of the recording look again how far the clip is."""
    bot = clip.share.recording.bot
    Change.tell(workspace_id=bot.workspace_id, bot_id=bot.pk, team_id=bot.team_id, now=now)


def _fetch(clip: Clip, turn: _Turn) -> None:
    """Have the whole film on this machine; what came before a worker died is not fetched again."""
    conf.clips_dir().mkdir(parents=True, exist_ok=True)
    have = clip.source.stat().st_size if clip.source.exists() else 0
    if have and clip.total and have == clip.total:
        return
    recording = clip.share.recording
    film, copy = _sources(recording, "video_mixed" if clip.is_film else "audio_mixed")
    if copy is not None:
        if _from_archive(copy, clip, turn):
            return
        have = 0
    elif not clip.etag:
        have = 0  # nobody knows of which film that is the beginning
    if film is None:
        raise GiveUp(NO_FILM)
    with connection.recall(recording.workspace, lane=Lane.SYNC, clock=turn.clock) as recall:
        answer = recall.artifacts(film.kind).retrieve(str(film.recall_id))
        url = answer.urls.get("download_url", "")
        if not url:
            raise GiveUp(NO_FILM)
        with recall.open_link(url, start=have, etag=clip.etag) as opened:
            if opened.total and opened.total - opened.start > _free():
                raise NotYet(NO_ROOM)
            turn.renew(got=opened.start, total=opened.total or 0, etag=opened.etag, error="")
            with clip.source.open("r+b" if have else "wb") as file:
                file.truncate(opened.start)
                file.seek(opened.start)
                got, told = opened.start, monotonic()
                for chunk in opened.chunks:
                    got += file.write(chunk)
                    if monotonic() - told >= RENEW_S:
                        file.flush()
                        if opened.total is None and _free() < 0:
                            raise NotYet(NO_ROOM)
                        turn.renew(got=got, attempts=1)
                        told = monotonic()
    if opened.total is not None and got != opened.total:
        raise NotRecall(code="short", request="GET a file")
    turn.renew(got=got, total=got)


def _sources(recording: Recording, kind: str) -> tuple[Artifact | None, KeptFile | None]:
    """Recall's film and the team's own copy, which is gone without where Recall's is better.

    Of that kind alone: of a film no sound is made because just the sound was kept.
    """
    files = recording.artifacts.filter(kind=kind)
    film = next((file for file in files if file.is_playable), None)
    if recording.status in ("processing", "paused"):
        film = None
    copy = KeptFile.objects.playing().filter(recording=recording, kind=kind).last()
    is_worse = copy is not None and copy.problem and film is not None
    return film, None if is_worse else copy


def _from_archive(copy: KeptFile, clip: Clip, turn: _Turn) -> bool:
    """Have the team's own copy instead, where it can be read: that asks nothing of Recall."""
    size = copy.size or 0
    if size > _free():
        raise NotYet(NO_ROOM)
    turn.renew(got=0, total=size, etag="", error="")
    told = monotonic()
    try:
        with clip.source.open("wb") as file:
            for chunk in archive.chunks(copy.path):
                file.write(chunk)
                if monotonic() - told >= RENEW_S:
                    turn.renew(got=file.tell())
                    told = monotonic()
            got = file.tell()
        if got != copy.size:
            raise archive.ArchiveError("It is not as long as it was.")
    except archive.ArchiveError as why:
        logger.warning("Clip %s: the copy could not be read: %s", clip.pk, why.sentence)
        clip.source.unlink(missing_ok=True)
        return False
    turn.renew(got=got, total=got)
    return True


def _free() -> int:
    return shutil.disk_usage(conf.clips_dir()).free - SPARE_BYTES


def _cut(clip: Clip, turn: _Turn) -> None:
    share = clip.share
    assert share.start_s is not None
    assert share.end_s is not None
    turn.renew(CUTTING)
    try:
        films.clip(clip.source, clip.path, start_s=share.start_s, end_s=share.end_s)
    except films.CannotMake as why:
        logger.warning("Clip %s was not cut: %s", clip.pk, why)
        if clip.attempts >= MOST_CUTS:
            raise GiveUp(f"{NOT_CUT} {STILL_FAILS.format(clip.attempts)}") from why
        raise NotYet(NOT_CUT) from why
    try:
        turn.write(state=Clip.State.READY, due_at=None, error="", made_at=turn.clock())
    except Lost:
        # Its link ended meanwhile, or another worker has made the same file.
        if not Clip.objects.filter(pk=clip.pk, state=Clip.State.READY).exists():
            clip.path.unlink(missing_ok=True)
        raise
    clip.source.unlink(missing_ok=True)
    tell(clip, turn.clock())
