"""Recall's REST API: one method per endpoint."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, Literal, TypeVar

import httpx

from . import opening, sources
from .errors import ForeignLink, LinkExpired, NotFound, NotRecall, RecallError
from .session import Session, link_of
from .types import MEDIA_KINDS, Artifact, Bot, Page, Raw, Recording
from .wire import Call, Clock, Limits

T = TypeVar("T")

REGIONS = ("us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1")
BOT_FILTERS = {
    "join_at_after",
    "join_at_before",
    "meeting_url",
    "platform",
    "status",
    "metadata",
    "page",
    "use_cursor",
    "cursor",
}
LIST_FILTERS = {"created_at_after", "created_at_before", "cursor", "status_code"}
RECORDING_FILTERS = LIST_FILTERS | {"bot_id", "desktop_sdk_upload_id"}
ARTIFACT_FILTERS = LIST_FILTERS | {"recording_id"}

Filter = str | int | bool | datetime | Sequence[str] | Mapping[str, str] | None


def base_url(region: str, template: str = "https://{region}.recall.ai") -> str:
    """Where a region lives: https://docs.recall.ai/docs/regions."""
    return template.format(region=region)


class Recall:
    """
    A client for one workspace of Recall.

    Every method raises a `RecallError`; `errors.py` says what each asks of the caller. Reads are
    repeated inside where that is harmless, writes never. Each write takes the Idempotency-Key of
    its order: the same key within an hour gets the stored answer, even a stored 507.

        with Recall(key, base_url=base_url("eu-central-1")) as recall:
            bot = recall.create_bot({"meeting_url": url}, idempotency_key=order.key)
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str,
        transport: httpx.BaseTransport | None = None,
        authorization: Literal["token", "bare"] = "token",
        limits: Limits | None = None,
        observer: Callable[[Call], None] | None = None,
        permit: Callable[[str, str], None] | None = None,
        clock: Clock | None = None,
        link_hosts: Sequence[str] = sources.MEDIA_HOSTS,
    ) -> None:
        self._link_hosts = link_hosts
        self._session = Session(
            api_key,
            base_url=base_url,
            transport=transport,
            authorization=authorization,
            limits=limits or Limits(),
            observer=observer,
            permit=permit,
            clock=clock or Clock(),
        )

        self.bots = Collection(self._session, "bot", Bot.read, BOT_FILTERS)
        self.recordings = Collection(self._session, "recording", Recording.read, RECORDING_FILTERS)
        self.transcripts = self.artifacts("transcript")
        self.participant_events = self.artifacts("participant_events")
        self.meeting_metadata = self.artifacts("meeting_metadata")
        self.video_mixed = self.artifacts("video_mixed")
        self.audio_mixed = self.artifacts("audio_mixed")
        self.video_separate = self.artifacts("video_separate")
        self.audio_separate = self.artifacts("audio_separate")

    def __repr__(self) -> str:
        return f"<Recall {self._session.base}>"

    def __enter__(self) -> "Recall":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def artifacts(self, kind: str) -> "Collection[Artifact]":
        """The artifacts of one kind, one of `types.MEDIA_KINDS`."""
        if kind not in MEDIA_KINDS:
            raise ValueError(f"no such kind of artifact: {kind!r}")
        return Collection(self._session, kind, partial(Artifact.read, kind=kind), ARTIFACT_FILTERS)

    def check(self) -> None:
        """Try key and region with the cheapest call there is. Raises WrongKeyOrRegion and kin."""
        self.list_bots()

    # Bots: https://docs.recall.ai/reference/bot_create and its neighbours

    def create_bot(self, body: Raw, *, idempotency_key: str) -> Bot:
        """201. Raises NoFreeBot only for ad-hoc bots; repeat that with a new key."""
        return self._bot("POST", "bot/", body, idempotency_key)

    def list_bots(self, **filters: Filter) -> Page[Bot]:
        """
        One page. Filters: `join_at_after`, `join_at_before`, `meeting_url`, `platform` and
        `status` (text or several), `metadata` (all pairs must match), and `page` (a number) or
        `use_cursor=True` for either way of paging.
        """
        return self.bots.list(**filters)

    def iter_bots(self, *, max_pages: int, **filters: Filter) -> Iterator[Bot]:
        """Bots from at most `max_pages` pages, one call for each."""
        return self.bots.each(max_pages=max_pages, **filters)

    def retrieve_bot(self, bot_id: str) -> Bot:
        return self.bots.retrieve(bot_id)

    def update_bot(self, bot_id: str, body: Raw, *, idempotency_key: str) -> Bot:
        """PATCH of a scheduled bot. Raises TooLate once it is on its way."""
        return self._bot("PATCH", f"bot/{_segment(bot_id)}/", body, idempotency_key)

    def delete_bot(self, bot_id: str) -> None:
        """Cancel a scheduled bot. Raises TooLate within ten minutes of joining: leave instead."""
        self.bots.delete(bot_id)

    # In-call commands: 200 with the bot as it is now; the effect follows as a status change

    def leave_call(self, bot_id: str, *, idempotency_key: str) -> Bot:
        """Final: the bot can't come back."""
        return self._command(bot_id, "leave_call", None, idempotency_key)

    def start_recording(self, bot_id: str, body: Raw, *, idempotency_key: str) -> Bot:
        """
        `body` is a bare recording config. What it omits falls back to the endpoint's defaults,
        not to the bot's own config, and a recording that runs is overwritten.
        """
        return self._command(bot_id, "start_recording", body, idempotency_key)

    def stop_recording(self, bot_id: str, *, idempotency_key: str) -> Bot:
        return self._command(bot_id, "stop_recording", None, idempotency_key)

    def pause_recording(self, bot_id: str, *, idempotency_key: str) -> Bot:
        return self._command(bot_id, "pause_recording", None, idempotency_key)

    def resume_recording(self, bot_id: str, *, idempotency_key: str) -> Bot:
        return self._command(bot_id, "resume_recording", None, idempotency_key)

    def request_recording_permission(self, bot_id: str, *, idempotency_key: str) -> Bot:
        """Zoom only: asks the host once more."""
        return self._command(bot_id, "request_recording_permission", None, idempotency_key)

    def delete_media(self, bot_id: str, *, idempotency_key: str) -> Bot:
        """Final, and of all the bot's recordings: films, sound, transcripts, participants."""
        # https://docs.recall.ai/reference/bot_delete_media_create
        return self._command(bot_id, "delete_media", None, idempotency_key)

    def send_chat_message(
        self,
        bot_id: str,
        *,
        message: str,
        to: str = "everyone",
        pin: bool = False,
        idempotency_key: str,
    ) -> Bot:
        """Google Meet takes 500 characters, the others 4096."""
        body = {"to": to, "message": message, "pin": pin}
        return self._command(bot_id, "send_chat_message", body, idempotency_key)

    # Recordings

    def create_transcript(self, recording_id: str, body: Raw, *, idempotency_key: str) -> Artifact:
        """
        Have a recording that is done transcribed (again): the artifact, which is being made.
        `body` is `{"provider": {<one asynchronous provider>: {…}}}`. Five a minute for each bot,
        ten for each recording. https://docs.recall.ai/reference/recording_create_transcript_create
        """
        path = f"recording/{_segment(recording_id)}/create_transcript/"
        request = _described("POST", path)
        answer = self._session.send(
            "POST",
            self._session.url(path),
            request=request,
            body=body,
            idempotency_key=idempotency_key,
        )
        return _object(
            answer, partial(Artifact.read, kind="transcript"), request=request, write=True
        )

    # Signed links

    def download_json(self, url: str, *, max_bytes: int | None = None) -> Any:
        """
        The JSON behind a signed download link, fetched without the key: the link is the key.

        Raises LinkExpired where it no longer opens, ForeignLink where it leads to a host that
        nobody named: such a link is never opened.
        """
        request = "GET a download"
        link = self.known_link(url, request=request)
        try:
            return self._session.send(
                "GET", link, request=request, max_bytes=max_bytes, signed_link=True
            )
        except RecallError as e:
            if e.status in (401, 403, 404, 410):
                raise LinkExpired(status=e.status, code="link_expired", request=request) from None
            raise

    @contextmanager
    def open_link(
        self, url: str, *, start: int = 0, end: int | None = None, etag: str = ""
    ) -> Iterator[opening.Opened]:
        """
        The bytes behind a signed link, read in pieces and without the key, from `start` up to
        `end`, which is no part of it. With the `etag` of an earlier answer the rest comes only
        where the file is still the same, else all of it: look at `start` of what comes.

            with recall.open_link(url, start=have, etag=etag) as opened:
                for chunk in opened.chunks: ...

        Nothing is repeated inside. Each wait is limited, not their sum. Raises LinkExpired,
        ForeignLink, Unreachable (also while the pieces are read) and other RecallErrors.
        """
        request = "GET a file"
        link = self.known_link(url, request=request)
        try:
            with self._session.stream(
                link, request=request, headers=opening.headers(start, end, etag)
            ) as answer:
                yield opening.opened(answer, request=request)
        except RecallError as e:
            if e.status in (401, 403, 404, 410):
                raise LinkExpired(status=e.status, code="link_expired", request=request) from None
            raise

    def known_link(self, url: str, *, request: str = "") -> httpx.URL:
        """A link of Recall's that may be followed. Raises NotRecall or ForeignLink."""
        link = link_of(url, request=request)
        if not sources.is_known(link, base_url=self._session.base, sources=self._link_hosts):
            raise ForeignLink(
                code="foreign_link", detail=link.raw_host.decode("ascii"), request=request
            )
        return link

    def _command(self, bot_id: str, verb: str, body: Raw | None, idempotency_key: str) -> Bot:
        return self._bot("POST", f"bot/{_segment(bot_id)}/{verb}/", body, idempotency_key)

    def _bot(self, method: str, path: str, body: Raw | None, idempotency_key: str) -> Bot:
        request = _described(method, path)
        answer = self._session.send(
            method,
            self._session.url(path),
            request=request,
            body=body,
            idempotency_key=idempotency_key,
        )
        return _object(answer, Bot.read, request=request, write=True)


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
        path = f"{self._noun}/{_segment(id)}/"
        request = _described("GET", path)
        answer = self._session.send("GET", self._session.url(path), request=request)
        return _object(answer, self._read, request=request, write=False)

    def delete(self, id: str) -> None:
        path = f"{self._noun}/{_segment(id)}/"
        self._session.send("DELETE", self._session.url(path), request=_described("DELETE", path))

    def _page(self, url: httpx.URL) -> Page[T]:
        request = f"GET {self._noun}/"
        answer = self._session.send("GET", url, request=request)
        if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise NotRecall(status=200, code="wrong_type", request=request)
        return Page.read(answer, one=self._read)


def _segment(id: str) -> str:
    """The id as part of a path. Raises NotFound for one that Recall can't have given."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", str(id)):
        raise NotFound(code="malformed_id")
    return str(id)


def _described(method: str, path: str) -> str:
    """The call for people and logs, without its id: `POST bot/…/pause_recording/`."""
    noun, _, rest = path.partition("/")
    _, _, verb = rest.partition("/")
    return f"{method} {noun}/…/{verb}" if rest else f"{method} {path}"


def _object(answer: Any, read: Callable[[Raw], T], *, request: str, write: bool) -> T:
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
