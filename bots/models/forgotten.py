"""People whose data was erased: kept as digests, so that what comes later keeps them out, too."""

import hmac
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import models
from django.utils.crypto import salted_hmac

from bots.models.workspace import Workspace
from bots.recall import downloads

ERASED_PERSON: Final = "Erased person"
# In place of what they said: that somebody spoke then stays.
ERASED_WORDS: Final = "[erased]"
# An e-mail address is one token; all else is words, so that "Jane Roe's" has the name in it.
_TOKEN = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\w+")


def normal(text: str) -> str:
    """A name or address as it is compared: whatever its case, width, spaces and punctuation."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_TOKEN.findall(text)) or text.strip()


def digest(workspace_id: int, text: str) -> str:
    """What is kept of a name or address: it can be recognised, not read.

    Keyed by SECRET_KEY and the workspace: without the key nobody can try names, and the same
    person in two workspaces is two digests.
    """
    return _digest(_key(workspace_id), normal(text))


def _key(workspace_id: int) -> bytes:
    return salted_hmac("bots.forgotten", str(workspace_id), algorithm="sha256").digest()


def _digest(key: bytes, normalised: str) -> str:
    return hmac.digest(key, normalised.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Veil:
    """What keeps some people's names out of what is written down.

    `names` and `in_texts` are digests by how many words they were made of: those of names, and
    those of them that are taken out of other people's words as well. `unheard` are the digests of
    people whose own words are not kept either.
    """

    key: bytes = b""
    names: dict[int, frozenset[str]] = field(default_factory=dict)
    in_texts: dict[int, frozenset[str]] = field(default_factory=dict)
    unheard: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.names)

    def covers(self, *called: str) -> bool:
        """Whether one of these names and addresses is a person's that was erased."""
        return any(self._found(self.names, each) for each in called if each)

    def covers_person(self, name: str, email: str = "") -> bool:
        """Whether that is a person who was erased: by their address where they have one.

        Somebody of the same name with another address is somebody else.
        """
        return self.covers(email) if email else self.covers(name)

    def silences(self, name: str, email: str = "") -> bool:
        """Whether that person's words are not kept either."""
        return bool(self) and _digest(self.key, normal(email or name)) in self.unheard

    def person(self, told: downloads.Participant) -> downloads.Participant:
        """Somebody as they may be kept: of whoever was erased only that they were there."""
        if not self.covers_person(told.name, told.email):
            return told
        return replace(
            told, name=ERASED_PERSON, is_host=False, platform="", email="", extra_data={}
        )

    def words(self, by: downloads.Participant, text: str) -> str:
        """What that person said, as it may be kept."""
        return ERASED_WORDS if self.silences(by.name, by.email) else self.text(text)

    def name(self, name: str) -> str:
        """A name as it may be kept."""
        return ERASED_PERSON if self.covers(name) else name

    def text(self, text: str) -> str:
        """Anybody's words as they may be kept: the names in them replaced."""
        spots = list(self._spots(text)) if self.in_texts and text else []
        for start, end in reversed(spots):
            text = f"{text[:start]}{ERASED_PERSON}{text[end:]}"
        return text

    def tree(self, value: Any) -> Any:
        """JSON as it may be kept: names replaced in every text, keys of objects included."""
        if isinstance(value, str):
            return self.text(self.name(value))
        if isinstance(value, list):
            return [self.tree(each) for each in value]
        if isinstance(value, dict):
            return {self.text(self.name(key)): self.tree(each) for key, each in value.items()}
        return value

    def is_in(self, raw: bytes) -> bool:
        """Whether one of the names stands anywhere in these bytes, JSON or not."""
        text = raw.decode("utf-8", "replace")
        with suppress(ValueError, RecursionError):
            text = " \n ".join(_texts(json.loads(text)))
        return next(self.everywhere._spots(text), None) is not None

    @property
    def everywhere(self) -> "Veil":
        """The same, over other people's words too, whatever was chosen."""
        return replace(self, in_texts=self.names)

    def _found(self, digests: dict[int, frozenset[str]], called: str) -> bool:
        if not digests:
            return False
        normalised = normal(called)
        of_that_length = digests.get(len(normalised.split()), frozenset())
        return bool(of_that_length) and _digest(self.key, normalised) in of_that_length

    def _spots(self, text: str) -> Iterator[tuple[int, int]]:
        """Where names stand in a text, from left to right, none inside another."""
        tokens = list(_TOKEN.finditer(text))
        n = 0
        while n < len(tokens):
            step = 1
            for length in sorted(self.in_texts, reverse=True):
                window = tokens[n : n + length]
                if len(window) < length:
                    continue
                start, end = window[0].start(), window[-1].end()
                if self._found(self.in_texts, text[start:end]):
                    yield start, end
                    step = length
                    break
            n += step


def _texts(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from _texts(each)


# Over nobody.
NO_VEIL: Final = Veil()


class ForgottenQuerySet(models.QuerySet["Forgotten"]):
    def veil(self, workspace_id: int, recall_id: Any = None, *, all_meetings: bool = False) -> Veil:
        """What is kept out of that meeting (a bot's id at Recall), and of no other.

        Without a meeting: who is kept out of everything. `all_meetings`: everybody, wherever they
        were erased; for what belongs to no meeting.
        """
        rows = list(self.filter(workspace_id=workspace_id))
        meeting = str(recall_id or "")
        return veil_of(
            workspace_id, [row for row in rows if all_meetings or row.is_kept_out_of(meeting)]
        )

    def remember(
        self,
        workspace_id: int,
        called: Iterable[str],
        *,
        in_texts: bool,
        keeps_words: bool,
        is_everywhere: bool,
        left_out: Iterable[str] = (),
    ) -> list["Forgotten"]:
        """Digests of these names and addresses; what was chosen before is never made weaker.

        `left_out` are the ids at Recall of bots that met somebody else of that name.
        """
        rows: list[Forgotten] = []
        apart = set(left_out)
        for each in called:
            normalised = normal(each)
            row, _ = self.get_or_create(
                workspace_id=workspace_id,
                digest=digest(workspace_id, each),
                defaults={"words": max(len(normalised.split()), 1), "keeps_words": keeps_words},
            )
            if is_everywhere:
                kept = apart & set(row.left_out) if row.is_everywhere else apart
                row.left_out = sorted(kept)
            row.in_texts |= in_texts
            row.is_everywhere |= is_everywhere
            row.keeps_words &= keeps_words
            row.save(update_fields=["in_texts", "is_everywhere", "keeps_words", "left_out"])
            rows.append(row)
        return rows


def veil_of(workspace_id: int, rows: Iterable["Forgotten"]) -> Veil:
    """The veil over these people."""
    rows = list(rows)
    if not rows:
        return NO_VEIL
    return Veil(
        key=_key(workspace_id),
        names=_by_length(rows),
        in_texts=_by_length(row for row in rows if row.in_texts),
        unheard=frozenset(row.digest for row in rows if not row.keeps_words),
    )


def _by_length(rows: Iterable["Forgotten"]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.words, set()).add(row.digest)
    return {length: frozenset(digests) for length, digests in found.items()}


class Forgotten(models.Model):
    """A name or an address that was erased, and from which meetings; the name itself is nowhere."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="forgotten")
    digest = models.CharField(max_length=64)
    # How many words it has: only as many are tried in a text.
    words = models.PositiveSmallIntegerField(default=1)
    # The ids at Recall of the bots that were there.
    meetings = models.JSONField(default=list, blank=True)
    is_everywhere = models.BooleanField(default=False)
    # The ids at Recall of bots that met somebody else of that name: not meant by "everywhere".
    left_out = models.JSONField(default=list, blank=True)
    in_texts = models.BooleanField(default=False)
    keeps_words = models.BooleanField(default=True)

    objects = ForgottenQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "forgotten people"
        constraints = [
            models.UniqueConstraint(fields=["workspace", "digest"], name="forgotten_once"),
        ]

    def __str__(self) -> str:
        return f"forgotten {self.pk}"

    def is_kept_out_of(self, meeting: str) -> bool:
        """Whether what comes of that meeting (a bot's id at Recall, "" for none) is without it."""
        return meeting in self.meetings or (self.is_everywhere and meeting not in self.left_out)
