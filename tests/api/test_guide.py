"""The commands of docs/api.md, run as they stand there, answer what stands beneath them."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse

from bots.api import urls
from bots.models import Order
from tests.api.conftest import Program
from tests.assistants.steps import make_assistant

pytestmark = pytest.mark.django_db
TEXT = Path(settings.BASE_DIR, "docs/api.md").read_text()
COMMANDS = re.findall(r"(?s)```sh\n(.*?)```", TEXT)


def run(command: str, known: dict[str, str]) -> Any:
    """What curl would get; an option that is not known here fails."""
    command = re.sub(r"\$(\w+)", lambda hit: known[hit[1]], command.replace("\\\n", " "))
    words = shlex.split(command)
    assert words.pop(0) == "curl"
    method, headers, body, urls_said = "", {}, None, []
    while words:
        word = words.pop(0)
        if word == "-X":
            method = words.pop(0)
        elif word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = words.pop(0)
        else:
            assert not word.startswith("-"), f"what is {word}?"
            urls_said.append(word)
    [url] = urls_said
    path = url.removeprefix("http://testserver")
    assert path.startswith("/api/v1/")
    sent = body.encode() if body is not None else None
    return Program().call(method or ("POST" if sent else "GET"), path, sent, **headers)


@pytest.fixture
def known(make_token, bot):
    """The bot was made elsewhere, to show web pages."""
    bot.config = {"output_media": {"camera": None, "screenshare": None}}
    bot.save()
    return {
        "TOKEN": make_token()[1],
        "HOUSE": "http://testserver",
        "BOT": str(bot.pk),
        "ASSISTANT": str(make_assistant(bot.workspace).pk),
    }


def order_of(known: dict[str, str]) -> None:
    """What a command speaks of that reads an order."""
    newest = Order.objects.order_by("-pk").first()
    known["ORDER"] = str(newest.pk if newest else 0)


def test_there_are_commands():
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_each_command_does_what_the_guide_says(known, bot, number):
    """Those before it, too, as whoever reads on has run them."""
    for command in COMMANDS[:number]:
        if "/pause/" in command:
            run(command, known)
    order_of(known)
    answer = run(COMMANDS[number], known)
    assert answer.status_code < 300, (COMMANDS[number], answer.content)
    json.loads(answer.content)


def test_it_tells_of_every_operation():
    for each in urls.urlpatterns:
        if each.name in ("api_nowhere", "api_unknown"):
            continue
        given = dict.fromkeys(each.pattern.converters, 0)
        path = re.sub(r"/0/", "/…/", reverse(each.name, kwargs=given))
        assert f"`{path}`" in TEXT, path


def test_it_tells_of_every_code_that_is_answered():
    source = "\n".join(each.read_text() for each in Path(urls.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'Problem\(\s*\d{3}, "(\w+)"', source))
    codes |= set(re.findall(r'_no_entry\("(\w+)"', source))
    assert len(codes) > 12
    assert {code for code in codes if f"`{code}`" not in TEXT} == set()


def test_the_error_it_shows_is_the_one_that_comes(known, bot):
    [shown] = re.findall(r"(?s)```json\n(\{\"error\".*?)```", TEXT)
    Order.objects.all().delete()
    bot.recordings.update(status="paused")
    type(bot).objects.filter(pk=bot.pk).update(phase="paused")
    answer = Program(known["TOKEN"]).post(f"bots/{bot.pk}/pause/")
    assert answer.json() == json.loads(shown)
