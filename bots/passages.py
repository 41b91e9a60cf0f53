"""What was said, cut into pieces that are read, searched and clicked one by one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from bots.recall import downloads

MOST_WORDS: Final = 60
# From so many words on, the end of a sentence ends the piece.
ENOUGH_WORDS: Final = 20
# A silence as long as this ends it, too.
PAUSE_S: Final = 3.0

# Latin, Greek, Arabic, Devanagari and Chinese sentences, whatever quote or bracket closes them.
_ENDS_SENTENCE: Final = re.compile(r"[.!?…;؟۔।。！？][\"'”’»)\]」』]*$")


class Piece(NamedTuple):
    """Words of one person; seconds from the start of the recording, None where not told."""

    speaker: downloads.Participant
    text: str
    start_s: float | None
    end_s: float | None


def pieces(said: Iterable[downloads.Passage]) -> Iterator[Piece]:
    """The passages of a transcript, none of more than `MOST_WORDS` words.

    Long ones are cut where a sentence ends or somebody falls silent. With meeting captions, where
    a "word" is a whole caption, none is ever cut in two, however long it is.
    """
    for passage in said:
        words = [word for word in passage.words if word.text.strip()]
        for some in _cut(words):
            yield Piece(
                passage.participant,
                " ".join(word.text.strip() for word in some),
                _first(word.start.relative_s for word in some),
                _first(_end_s(word) for word in reversed(some)),
            )


def in_order(found: Iterable[Piece]) -> list[Piece]:
    """Pieces by when they begin: a long turn is cut where others spoke in between. One of which
    nobody knows when it was said stays behind the one before it."""
    at_s, placed = 0.0, []
    for piece in found:
        at_s = at_s if piece.start_s is None else piece.start_s
        placed.append((at_s, piece))
    return [piece for _, piece in sorted(placed, key=lambda each: each[0])]


def _cut(words: Sequence[downloads.Word]) -> Iterator[Sequence[downloads.Word]]:
    begin, count = 0, 0
    for at, word in enumerate(words):
        length = len(word.text.split())
        while at > begin and count + length > MOST_WORDS:
            split = _longest_silence(words, begin, at)
            yield words[begin:split]
            begin, count = split, sum(len(each.text.split()) for each in words[split:at])
        count += length
        is_sentence = count >= ENOUGH_WORDS and _ENDS_SENTENCE.search(word.text)
        if is_sentence or _silence_s(words, at) >= PAUSE_S:
            yield words[begin : at + 1]
            begin, count = at + 1, 0
    if begin < len(words):
        yield words[begin:]


def _longest_silence(words: Sequence[downloads.Word], begin: int, end: int) -> int:
    """Where to cut what has no sentences: before `end`, not too near to the beginning.

    A comma counts as half a second; of equal places the last one, so that pieces are long.
    """
    least = begin + max((end - begin) // 2, 1)
    return max(
        range(least, end + 1),
        key=lambda at: (
            _silence_s(words, at - 1)
            + 0.5 * words[at - 1].text.rstrip().endswith((",", "،", "，")),
            at,
        ),
    )


def _silence_s(words: Sequence[downloads.Word], at: int) -> float:
    """Seconds from the end of that word to the next one; 0 where they are not told."""
    if at + 1 >= len(words):
        return 0.0
    end_s, start_s = _end_s(words[at]), words[at + 1].start.relative_s
    return max(start_s - end_s, 0.0) if end_s is not None and start_s is not None else 0.0


def _end_s(word: downloads.Word) -> float | None:
    end = word.end.relative_s if word.end is not None else None
    return end if end is not None else word.start.relative_s


def _first(seconds: Iterable[float | None]) -> float | None:
    return next((each for each in seconds if each is not None), None)
