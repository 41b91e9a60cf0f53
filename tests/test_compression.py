"""Answers of text go out compressed, files and pieces of files as they are."""

import gzip

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from recalldash.compression import Compression

TEXT = b"what was said " * 200


def answered(response, accepts="gzip"):
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    return Compression(lambda _: response)(request)


@pytest.mark.parametrize(
    "kind", ["text/html; charset=utf-8", "text/css", "application/json", "image/svg+xml"]
)
def test_text_is_compressed(kind):
    response = answered(HttpResponse(TEXT, content_type=kind))
    assert response["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response["Vary"]
    assert gzip.decompress(response.content) == TEXT
    assert len(response.content) < len(TEXT) / 5


def test_a_stream_of_text_is_compressed_as_it_goes():
    stream = StreamingHttpResponse(iter([TEXT, TEXT]), content_type="text/csv")
    response = answered(stream)
    assert gzip.decompress(b"".join(response)) == TEXT * 2


@pytest.mark.parametrize("kind", ["video/mp4", "audio/mpeg", "image/png", "image/jpeg", ""])
def test_films_and_pictures_are_left_alone(kind):
    response = answered(HttpResponse(TEXT, headers={"Content-Type": kind}))
    assert not response.has_header("Content-Encoding")
    assert response.content == TEXT


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (206, {"Content-Range": "bytes 0-99/1000"}),
        (200, {"Accept-Ranges": "bytes"}),
        (416, {"Content-Range": "bytes */1000"}),
    ],
)
def test_what_is_had_in_pieces_keeps_its_bytes(status, headers):
    piece = HttpResponse(TEXT, status=status, content_type="text/plain", headers=headers)
    assert not answered(piece).has_header("Content-Encoding")


def test_who_does_not_ask_for_it_gets_it_as_it_is(tmp_path):
    assert answered(HttpResponse(TEXT), accepts="").content == TEXT
    path = tmp_path / "words.txt"
    path.write_bytes(TEXT)
    response = answered(FileResponse(path.open("rb")), accepts="")
    assert b"".join(response) == TEXT


def test_the_same_page_is_never_equally_long():
    """So that its length tells nobody what stands in it."""
    lengths = {len(answered(HttpResponse(TEXT)).content) for _ in range(40)}
    assert len(lengths) > 3


@pytest.mark.django_db
def test_pages_come_compressed_with_all_their_headers(client):
    response = client.get("/login/", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert b"<html" in gzip.decompress(response.content)
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert int(response["Content-Length"]) == len(response.content)
