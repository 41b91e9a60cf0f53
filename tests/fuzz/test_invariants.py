"""The invariants that `make fuzz` looks against, on its corpus and on what hypothesis makes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.invariants import a_link, a_signature, a_webhook
from tests.recall.test_meeting_urls_refused import PIECES

CORPUS = Path(__file__).resolve().parent / "corpus"
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
words = st.sampled_from(
    ["bot.done", "bot.status_change", "recording.done", "bot.log", "transcript.data", "a.b"]
)
events = st.fixed_dictionaries(
    {"event": words | st.text(max_size=9), "data": st.fixed_dictionaries(
        {}, optional={"data": values, "status": values, "bot": values, "recording": values})}
).map(lambda event: json.dumps(event).encode())  # fmt: skip


@pytest.mark.parametrize("path", sorted(CORPUS.glob("webhooks/*")), ids=lambda path: path.name)
def test_a_known_webhook(path: Path) -> None:
    a_webhook(path.read_bytes())
    a_signature(path.read_bytes())


@pytest.mark.parametrize("path", sorted(CORPUS.glob("links/*")), ids=lambda path: path.name)
def test_a_known_link(path: Path) -> None:
    a_link(path.read_bytes())


def test_there_is_a_corpus() -> None:
    assert len(list(CORPUS.glob("*/*"))) >= 20


@settings(max_examples=300, deadline=None)
@given(events | st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_any_webhook(body: bytes) -> None:
    a_webhook(body)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_signature(data: bytes) -> None:
    a_signature(data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=100) | st.lists(st.sampled_from(PIECES), max_size=9).map(
    lambda pieces: "".join(pieces).encode()))  # fmt: skip
def test_any_link(data: bytes) -> None:
    a_link(data)
