"""The words of alerts: each kind has its own, and no name in them does anything."""

import pytest

from bots.alarms import KINDS, Kind, words
from bots.models import Alert


def test_every_kind_has_its_words():
    for kind, about in KINDS.items():
        assert about.label
        assert about.many.format(n=3)
        assert Alert(kind=kind).about is about
    assert Alert(kind="of another release").about is None


@pytest.mark.parametrize(
    "name",
    [
        "<!channel> come",
        "<!here|x>",
        "<@U123>",
        "@channel @here @everyone @all",
        "[click](https://evil.example)",
        "<https://evil.example|our bank>",
        "https://evil.example/",
        "a\nb\rc\u2028d\u202ee",
        "x" * 5000,
    ],
)
def test_no_name_pings_a_channel_or_forges_a_link(name):
    one = words.Line(Kind.FAILED, name, name, "https://dash.example/w/acme/bots/1/")
    for lines in ([one], [one, one]):
        body = words.in_chat(lines, "Acme")
        text = body["text"]
        assert "<!" not in text
        assert "<@" not in text
        assert not any(f"@{word}" in text for word in ("channel", "here", "everyone", "all", "U"))
        assert "](http" not in text
        assert "https://evil" not in text
        assert "\u202e" not in text.replace(name, "")
        assert body["blocks"][0]["text"]["text"] == text
        assert len(text) <= 2900
