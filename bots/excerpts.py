"""The pieces of a film that one still needs, read from behind its link into a sparse file.

A film of three hours is a gigabyte, a still needs three of its megabytes: its index (`moov`, which
stands before or behind the pictures) and what lies around the moment. All other bytes are holes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bots.films import CannotMake
from bots.recall.client import Recall

MB: Final = 2**20
HEAD = 2 * MB
# A film up to this size is read whole.
WHOLE = 16 * MB
# Pictures refer to an earlier one, so more is read before the moment than behind it.
BEFORE, BEHIND = 3 * MB, 1 * MB
# The index of a day-long film is smaller than that.
MOST_INDEX = 32 * MB


class Excerpt:
    """A film of which only some pieces are there, in a file of its whole length."""

    def __init__(self, recall: Recall, url: str, path: Path) -> None:
        """Read head and index. Raises what the client raises, and CannotMake."""
        self._recall, self._url, self.path = recall, url, path
        self.total = 0
        self._etag = ""
        self._have: list[tuple[int, int]] = []
        self._read(0, HEAD)
        if self.total <= WHOLE:
            self._read(HEAD, self.total)
        else:
            start, end = self._index()
            self._read(max(start, HEAD), end)

    def around(self, share: float) -> None:
        """Have what lies around that share of the film, 0 to 1."""
        if self.total > WHOLE:
            at = int(share * self.total)
            self._read(max(at - BEFORE, HEAD), min(at + BEHIND, self.total))

    def _read(self, start: int, end: int) -> None:
        if start >= end or any(a <= start and end <= b for a, b in self._have):
            return
        with self._recall.open_link(self._url, start=start, end=end, etag=self._etag) as opened:
            if opened.start != start:
                raise CannotMake("The film can't be read in pieces.")
            if not self._have:
                self.total, self._etag = opened.total or 0, opened.etag
                self.path.write_bytes(b"")
            with self.path.open("r+b") as file:
                file.seek(start)
                left = end - start
                for chunk in opened.chunks:
                    file.write(chunk[:left])
                    left -= len(chunk)
                    if left <= 0:
                        break
                self.total = self.total or file.tell()
                file.truncate(self.total)
        self._have.append((start, end))

    def _index(self) -> tuple[int, int]:
        """Where the film's index stands. Raises CannotMake."""
        with self.path.open("rb") as file:
            at = 0
            while at + 16 <= HEAD:
                file.seek(at)
                head = file.read(16)
                size, kind = int.from_bytes(head[:4], "big"), head[4:8]
                if size == 1:
                    size = int.from_bytes(head[8:16], "big")
                if kind == b"moov":
                    return at, min(at + size, at + MOST_INDEX, self.total)
                if size < 8:
                    break
                at += size
        if not HEAD <= at < self.total:
            raise CannotMake("The film has no index where one should be.")
        return at, min(at + MOST_INDEX, self.total)
