"""List, retrieve and delete: the shape that most of Recall's nouns share."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import httpx

from .errors import NotFound, NotRecall
from .session import Session
from .types import Page, Raw

T = TypeVar("T")

Filter = str | int | bool | datetime | Sequence[str] | Mapping[str, str] | None


class Collection(Generic[T]):
    """List, retrieve and delete: the shape that most of Recall's nouns share."""

    def __init__(
        self, session: Session, noun: str, read: Callable[[Raw], T], filters: set[str]
    ) -> None:
        self._session = session
        self._noun = noun
        self._read = read
        self._filters = filters

    def list(self, **filters: Filter) -> Page[T]:
        """
        One page. Raises TypeError for a filter that Recall does not have: it would ignore it
        and answer with everything.
        """
        if unknown := set(filters) - self._filters:
            raise TypeError(f"{self._noun} can't be filtered by {', '.join(sorted(unknown))}")
        params = [pair for name, each in filters.items() for pair in _params(name, each)]
        return self._page(self._session.url(f"{self._noun}/", params))

    def following(self, page: Page[T]) -> Page[T] | None:
        """The page after this one. Raises NotRecall where its link leads elsewhere."""
        if page.next is None:
            return None
        return self._page(self._session.own(page.next, request=f"GET {self._noun}/"))

    def each(self, *, max_pages: int, **filters: Filter) -> Iterator[T]:
        """Everything on at most `max_pages` pages, one call for each."""
        page = self.list(**filters)
        seen = {page.next}
        for number in range(1, max_pages + 1):
            yield from page.results
            following = self.following(page) if number < max_pages else None
            if following is None:
                return
            if following.next is not None and following.next in seen:
                raise NotRecall(code="pages_in_a_circle", request=f"GET {self._noun}/")
            seen.add(following.next)
            page = following

    def retrieve(self, id: str) -> T:
        path = f"{self._noun}/{segment(id)}/"
        request = described("GET", path)
        answer = self._session.send("GET", self._session.url(path), request=request)
        return read_object(answer, self._read, request=request, write=False)

    def delete(self, id: str) -> None:
        path = f"{self._noun}/{segment(id)}/"
        self._session.send("DELETE", self._session.url(path), request=described("DELETE", path))

    def _page(self, url: httpx.URL) -> Page[T]:
        request = f"GET {self._noun}/"
        answer = self._session.send("GET", url, request=request)
        if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise NotRecall(status=200, code="wrong_type", request=request)
        return Page.read(answer, one=self._read)


def segment(id: str) -> str:
    """The id as part of a path. Raises NotFound for one that Recall can't have given."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", str(id)):
        raise NotFound(code="malformed_id")
    return str(id)


def described(method: str, path: str) -> str:
    """The call for people and logs, without its id: `POST bot/…/pause_recording/`."""
    noun, _, rest = path.partition("/")
    _, _, verb = rest.partition("/")
    return f"{method} {noun}/…/{verb}" if rest else f"{method} {path}"


def read_object(answer: Any, read: Callable[[Raw], T], *, request: str, write: bool) -> T:
    """The answer as the thing asked for. Raises NotRecall for anything without an id."""
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), str) or not answer["id"]:
        raise NotRecall(code="wrong_type", request=request, may_have_happened=write)
    return read(answer)


def _params(name: str, value: Filter) -> Iterator[tuple[str, str]]:
    if value is None or value is False:
        return
    if isinstance(value, datetime):
        yield name, value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield f"{name}__{key}", str(each)
    elif isinstance(value, (str, int)):
        yield name, "true" if value is True else str(value)
    else:
        for each in value:
            yield name, str(each)
