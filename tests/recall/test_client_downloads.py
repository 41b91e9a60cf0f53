"""Signed links are opened without the key, and only where they are links at all."""

import httpx
import pytest

from bots.recall import errors

from .scripted import ok, recall_answering

LINK = "https://bucket.s3.amazonaws.com/words.json?X-Amz-Signature=abc"


def test_it_fetches_without_the_key():
    recall, script = recall_answering(ok([{"participant": {"id": 100}, "words": []}]))

    assert recall.download_json(LINK) == [{"participant": {"id": 100}, "words": []}]

    [request] = script.requests
    assert (request.method, str(request.url), request.content) == ("GET", LINK, b"")
    assert "authorization" not in request.headers
    assert "idempotency-key" not in request.headers


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_it_knows_an_expired_link(status):
    recall, _ = recall_answering(httpx.Response(status, text="<Error>expired</Error>"))
    with pytest.raises(errors.LinkExpired) as caught:
        recall.download_json(LINK)
    assert "abc" not in repr(caught.value) + str(vars(caught.value))


@pytest.mark.parametrize(
    "link", ["", "file:///etc/passwd", "ftp://x/y", "//x/y", "https://u:p@x/y", "https://", None]
)
def test_it_opens_nothing_but_links(link):
    recall, script = recall_answering(ok([]))
    with pytest.raises(errors.NotRecall):
        recall.download_json(link)
    assert script.requests == []


def test_it_may_be_given_a_limit_of_its_own():
    recall, _ = recall_answering(ok(["x" * 100]))
    with pytest.raises(errors.NotRecall):
        recall.download_json(LINK, max_bytes=50)


def test_it_tells_the_observer_no_signature():
    heard = []
    recall, _ = recall_answering(ok([]), observer=heard.append)
    recall.download_json(LINK)
    assert heard[0].path == "/words.json"
