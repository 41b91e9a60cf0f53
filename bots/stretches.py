"""A transcript some lines at a time: who said what when, the pauses, who spoke for how long."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

from django.db.models import Count, F, Q, QuerySet, Sum

from bots import transcripts
from bots.models import Passage, Transcript

LINES = 150
# How many lines stand before the one that was asked for.
BEFORE = 5
# Recall's clock and the film's may differ by so much.
NEAR_S = 0.25
SURE_S = 2.0


@dataclass(frozen=True, slots=True)
class Line:
    """A passage as it is shown; `is_new` where somebody else begins to speak.

    `pause_s`: for how long the recording was paused right before it.
    """

    n: int
    speaker: str
    text: str
    start_s: float | None
    end_s: float | None
    is_new: bool
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some lines in order. `before` and `after` say by which `n` the lines around them are had;
    None where there are none. `here` is the line of the moment that was asked for.
    """

    lines: list[Line]
    before: int | None = None
    after: int | None = None
    here: int | None = None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody's part in it; `share` is 0 to 1, of all talking."""

    name: str
    word: str
    spoke_s: float
    share: float
    lines: int

    @property
    def percent(self) -> str:
        return f"{self.share * 100:.1f}%"


@dataclass(frozen=True, slots=True)
class Pause:
    """Where the recording was paused, in the transcript's seconds."""

    at_s: float
    seconds: float


def stretch(
    transcript: Transcript,
    *,
    n: int | None = None,
    before: int | None = None,
    at_s: float | None = None,
    speaker: str | None = None,
    pauses: Sequence[Pause] = (),
) -> Stretch:
    """The lines from number `n` on, or those before that number, or those around that moment.

    With a `speaker`, only theirs. Two to four queries, whatever the transcript holds.
    """
    passages: QuerySet[Passage] = transcript.passages.order_by("n")
    if speaker is not None:
        passages = passages.filter(speaker=speaker)
    here = None
    if at_s is not None:
        said = passages.filter(start_s__lte=at_s + NEAR_S).order_by("-n")
        # Some lines before it, so that whoever comes sees what it answers.
        around = list(said.values_list("n", flat=True)[: BEFORE + 1])
        here, n = (around[0], around[-1]) if around else (None, 0)
    after: int | None
    if before is not None:
        found = list(passages.filter(n__lt=before).order_by("-n")[: LINES + 1])
        previous = found.pop() if len(found) > LINES else None
        rows, after = found[::-1], before
    else:
        rows = list(passages.filter(n__gte=n or 0)[: LINES + 1])
        if not rows and n:
            n, rows = 0, list(passages[: LINES + 1])  # there is no such line (any more)
        after = rows.pop().n if len(rows) > LINES else None
        previous = passages.filter(n__lt=n).order_by("-n").first() if n else None
    return Stretch(
        list(_lines(rows, previous, pauses)),
        before=rows[0].n if rows and previous is not None else None,
        after=after,
        here=here,
    )


def _lines(
    rows: Iterable[Passage], previous: Passage | None, pauses: Sequence[Pause]
) -> Iterable[Line]:
    speaker = previous.speaker if previous is not None else None
    since = previous.start_s if previous is not None else None
    for row in rows:
        text = " ".join(row.text.split())
        if not text:
            continue
        paused_s = sum(p.seconds for p in pauses if _lies_between(p.at_s, since, row.start_s))
        name = " ".join(row.speaker.split()) or transcripts.NOBODY
        is_new = speaker is None or row.speaker != speaker
        yield Line(row.n, name, text, row.start_s, row.end_s, is_new or paused_s > 0, paused_s)
        speaker = row.speaker
        since = row.start_s if row.start_s is not None else since


def _lies_between(at_s: float, since: float | None, until: float | None) -> bool:
    if until is None or at_s > until + NEAR_S:
        return False
    return since is None or at_s > since + NEAR_S


def speakers(transcript: Transcript) -> list[Speaker]:
    """Who spoke, whoever spoke longest first."""
    rows = list(
        transcript.passages.values("speaker")
        .annotate(spoke_s=Sum(F("end_s") - F("start_s")), lines=Count("pk"))
        .order_by(F("spoke_s").desc(nulls_last=True), "speaker")
    )
    total_s = sum(max(row["spoke_s"] or 0.0, 0.0) for row in rows)
    return [
        Speaker(
            " ".join(row["speaker"].split()) or transcripts.NOBODY,
            row["speaker"],
            max(row["spoke_s"] or 0.0, 0.0),
            max(row["spoke_s"] or 0.0, 0.0) / total_s if total_s else 0.0,
            row["lines"],
        )
        for row in rows
    ]


def pauses(transcript: Transcript, recorded: Iterable[Sequence[float]]) -> list[Pause]:
    """The pauses of a recording, `[start_s, end_s]` from its beginning, as the transcript has them.

    Recall's pages contradict each other on whether a film goes on black while it is paused, and a
    transcript counts its seconds in the film. Where words stand at a time that would be black,
    pauses are cut out of it.
    """
    spans = sorted((start, end) for start, end in recorded)
    inside = [
        Q(start_s__gt=start + SURE_S, start_s__lt=end - SURE_S)
        for start, end in spans
        if end - start > 2 * SURE_S
    ]
    is_cut = bool(inside) and transcript.passages.filter(reduce(operator.or_, inside)).exists()
    found, gone_s = [], 0.0
    for start, end in spans:
        found.append(Pause(start - gone_s, end - start))
        if is_cut:
            gone_s += end - start
    return found
