"""The piece of a file that a Range header asks for (RFC 9110, section 14)."""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

# A few chunks wait between a worker and a slow or paused player. The sandbox's films are so small
# that a whole hour fits into them; where larger files are served, players get them in pieces
# (`views/served.py`): a player that stops reading does not hold the worker.
CHUNK_BYTES = 512 * 1024


class Unsatisfiable(Exception):
    """The range that was asked for lies outside the file."""


def asked_for(header: str, size: int) -> tuple[int, int] | None:
    """(start, end) of a Range header, end excluded; None if the whole file is the answer.

    Several ranges at once, and what is no range of bytes, are ignored, as section 14.2 allows and
    S3 does. Raises Unsatisfiable.
    """
    match = re.fullmatch(r"\s*bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", header, re.I)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end


class Slice:
    """Bytes `start` to `end` of an open file, read as they are sent; Django closes it, once."""

    def __init__(
        self, file: BinaryIO, start: int, end: int, done: Callable[[], None] = lambda: None
    ) -> None:
        self.file, self.start, self.end, self._done = file, start, end, done
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        self.file.seek(self.start)
        left = self.end - self.start
        while left and (chunk := self.file.read(min(left, CHUNK_BYTES))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self.file.close()
            self._done()
