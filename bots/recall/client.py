"""Recall's REST API: one method per endpoint."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal

import httpx

from . import opening, sources
from .errors import ForeignLink, LinkExpired, RecallError
from .nouns import Collection, Filter, described, read_object, segment
from .session import Session, link_of
from .types import MEDIA_KINDS, Artifact, Bot, Page, Raw, Recording
from .wire import Call, Clock, Limits

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
        return self._bot("PATCH", f"bot/{segment(bot_id)}/", body, idempotency_key)

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

    # What a bot shows and plays in its call; `jpeg` and `mp3` are base64 of at most 1,835,008
    # characters. To stop what does not go on harms nothing.

    def output_video(self, bot_id: str, *, jpeg: str, idempotency_key: str) -> Bot:
        """A picture in the bot's own tile."""
        # https://docs.recall.ai/reference/bot_output_video_create
        body = {"kind": "jpeg", "b64_data": jpeg}
        return self._command(bot_id, "output_video", body, idempotency_key)

    def stop_output_video(self, bot_id: str) -> None:
        # https://docs.recall.ai/reference/bot_output_video_destroy
        self._stop(bot_id, "output_video")

    def output_screenshare(self, bot_id: str, *, jpeg: str, idempotency_key: str) -> Bot:
        """A picture shared as a screen."""
        # https://docs.recall.ai/reference/bot_output_screenshare_create
        body = {"kind": "jpeg", "b64_data": jpeg}
        return self._command(bot_id, "output_screenshare", body, idempotency_key)

    def stop_output_screenshare(self, bot_id: str) -> None:
        # https://docs.recall.ai/reference/bot_output_screenshare_destroy
        self._stop(bot_id, "output_screenshare")

    def output_audio(self, bot_id: str, *, mp3: str, idempotency_key: str) -> Bot:
        """A sound, played once, by a bot that was created with `automatic_audio_output`."""
        # https://docs.recall.ai/reference/bot_output_audio_create
        body = {"kind": "mp3", "b64_data": mp3}
        return self._command(bot_id, "output_audio", body, idempotency_key)

    def stop_output_audio(self, bot_id: str) -> None:
        # https://docs.recall.ai/reference/bot_output_audio_destroy
        self._stop(bot_id, "output_audio")

    def output_media(
        self, bot_id: str, *, camera: str = "", screenshare: str = "", idempotency_key: str
    ) -> Bot:
        """Web pages, by address; not by a bot with automatic outputs or that shows pictures."""
        # https://docs.recall.ai/reference/bot_output_media_create
        pages = {"camera": camera, "screenshare": screenshare}
        body: Raw = {
            place: {"kind": "webpage", "config": {"url": url}}
            for place, url in pages.items()
            if url
        }
        return self._command(bot_id, "output_media", body, idempotency_key)

    def stop_output_media(
        self, bot_id: str, *, camera: bool = False, screenshare: bool = False
    ) -> None:
        """Recall stops nothing but what is named."""
        # https://docs.recall.ai/reference/bot_output_media_destroy
        self._stop(bot_id, "output_media", {"camera": camera, "screenshare": screenshare})

    # Recordings

    def create_transcript(self, recording_id: str, body: Raw, *, idempotency_key: str) -> Artifact:
        """
        Have a recording that is done transcribed (again): the artifact, which is being made.
        `body` is `{"provider": {<one asynchronous provider>: {…}}}`. Five a minute for each bot,
        ten for each recording. https://docs.recall.ai/reference/recording_create_transcript_create
        """
        path = f"recording/{segment(recording_id)}/create_transcript/"
        request = described("POST", path)
        answer = self._session.send(
            "POST",
            self._session.url(path),
            request=request,
            body=body,
            idempotency_key=idempotency_key,
        )
        return read_object(
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
        return self._bot("POST", f"bot/{segment(bot_id)}/{verb}/", body, idempotency_key)

    def _stop(self, bot_id: str, verb: str, body: Raw | None = None) -> None:
        path = f"bot/{segment(bot_id)}/{verb}/"
        request = described("DELETE", path)
        self._session.send("DELETE", self._session.url(path), request=request, body=body)

    def _bot(self, method: str, path: str, body: Raw | None, idempotency_key: str) -> Bot:
        request = described(method, path)
        answer = self._session.send(
            method,
            self._session.url(path),
            request=request,
            body=body,
            idempotency_key=idempotency_key,
        )
        return read_object(answer, Bot.read, request=request, write=True)
