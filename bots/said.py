"""Looking for words: inside one transcript, and in all that a person may read.

SQLite is asked by its FTS5 table, PostgreSQL by its full-text search; both tables and indexes are
made by the migration `passages_are_searched`. What is asked is read here once, for both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from bots.models import Bot, Membership, Passage, Recording, Transcript
from bots.models.transcript import best_first

MOST_TERMS = 16
MOST_LETTERS = 100
# How many letters of a passage are shown around what was found in it.
SHOWN = 240

_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase; `is_open` where it may go on."""

    text: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a text; `is_hit` where it was found."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A line of one transcript in which the words stand."""

    n: int
    speaker: str
    start_s: float | None
    marks: list[Mark]


def terms(text: str) -> list[Term]:
    """What is asked: words, "phrases", and the last word as it is being typed. Never fails.

    What holds no letter and no digit asks nothing.
    """
    text = text.replace("\0", " ")
    found = []
    for each in _TERM.finditer(text):
        is_phrase = each[1] is not None
        words = " ".join((each[1] if is_phrase else each[2]).split())[:MOST_LETTERS]
        if any(letter.isalnum() for letter in words):
            found.append(Term(words, is_open=not is_phrase and each.end() == len(text)))
    return found[:MOST_TERMS]


def passages(membership: Membership, asked: list[Term]) -> QuerySet[Passage]:
    """The passages with all of these that this person may read, of the transcripts that are shown.

    In no order; none for nothing asked.
    """
    if not asked:
        return Passage.objects.none()
    shown = (
        Transcript.objects.filter(recording=OuterRef("transcript__recording"))
        .order_by(*best_first())
        .values("pk")[:1]
    )
    seen = Recording.objects.seen_by(membership)
    return _matching(asked).filter(transcript__recording__in=seen, transcript=Subquery(shown))


def bots(membership: Membership, asked: list[Term], *, most: int) -> list[Bot]:
    """The bots in whose title all of these stand, newest first."""
    if not asked:
        return []
    found = Bot.objects.seen_by(membership).exclude(title="")
    for term in asked:
        found = found.filter(title__icontains=term.text)
    return list(found.newest_first()[:most])


def _matching(asked: list[Term]) -> QuerySet[Passage]:
    if connection.vendor == "postgresql":
        # The very words of the index, or it is not used.
        return Passage.objects.extra(  # noqa: S610
            where=[
                "to_tsvector('simple', left(bots_passage.text, 100000)) @@ to_tsquery('simple', %s)"
            ],
            params=[_for_postgres(asked)],
        )
    rows = RawSQL(
        "SELECT rowid FROM bots_passage_said WHERE bots_passage_said MATCH %s",
        [_for_sqlite(asked)],
    )
    return Passage.objects.filter(pk__in=rows)


def _for_sqlite(asked: list[Term]) -> str:
    """Every term in quotes, so that nothing in it is an operator: https://sqlite.org/fts5.html"""
    return " AND ".join(
        '"{}"{}'.format(term.text.replace('"', '""'), " *" if term.is_open else "")
        for term in asked
    )


def _for_postgres(asked: list[Term]) -> str:
    """Every term in quotes: PostgreSQL parses what stands in them as it parses the passages."""
    quoted = (
        "'{}'{}".format(
            term.text.replace("\\", "\\\\").replace("'", "''"), ":*" if term.is_open else ""
        )
        for term in asked
    )
    return " & ".join(quoted)


def inside(transcript: Transcript, text: str) -> list[Hit]:
    """Every line in which that stands, as it is typed, wherever in a word; in order."""
    wanted = _plain(text)
    if not wanted:
        return []
    pattern = re.compile(re.escape(wanted))
    rows = transcript.passages.order_by("n").values_list("n", "speaker", "start_s", "text")
    return [
        Hit(n, speaker, start_s, _cut_out(list(_marked(said, pattern))))
        for n, speaker, start_s, said in rows.iterator(chunk_size=2000)
        if wanted in _plain(said)
    ]


def marked(text: str, asked: Iterable[Term]) -> list[Mark]:
    """The part of a passage around what was found, with where it stands."""
    patterns = [
        r"(?<!\w){}{}".format(
            r"\W+".join(re.escape(word) for word in re.findall(r"\w+", _plain(term.text))),
            r"\w*" if term.is_open else r"(?!\w)",
        )
        for term in asked
    ]
    return _cut_out(list(_marked(text, re.compile("|".join(patterns)))))


def _marked(text: str, pattern: re.Pattern[str]) -> Iterator[Mark]:
    text = " ".join(text.split())
    plain = _plain(text)
    # A letter may fold to several ("ß"): then places in one are none in the other.
    places = pattern.finditer(plain) if len(plain) == len(text) else iter(())
    at = 0
    for place in places:
        if place.end() > place.start():
            if place.start() > at:
                yield Mark(text[at : place.start()])
            yield Mark(text[place.start() : place.end()], is_hit=True)
            at = place.end()
    if at < len(text):
        yield Mark(text[at:])


def _cut_out(marks: list[Mark]) -> list[Mark]:
    """Not more than `SHOWN` letters or so: a long caption is cut around the first hit."""
    if sum(len(mark.text) for mark in marks) <= SHOWN:
        return marks
    first = next((n for n, mark in enumerate(marks) if mark.is_hit), 0)
    kept: list[Mark] = []
    if first:
        lead = marks[first - 1].text
        short = lead if first == 1 and len(lead) <= SHOWN // 3 else _tail(lead, SHOWN // 3)
        kept.append(Mark(short))
    room = SHOWN - sum(len(mark.text) for mark in kept)
    for mark in marks[first:]:
        if len(mark.text) > room and not mark.is_hit:
            kept.append(Mark(mark.text[:room].rpartition(" ")[0] + " …"))
            break
        kept.append(mark)
        room -= len(mark.text)
        if room <= 0:
            break
    return kept


def _tail(text: str, length: int) -> str:
    return "… " + text[-length:].partition(" ")[2] if len(text) > length else text


def _plain(text: str) -> str:
    """As it is compared: small letters, one form of each, single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
