"""The published description says what is so: every address, every answer, and no secret."""

import json
import subprocess
import sys
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.urls import reverse
from openapi_spec_validator import validate

from bots.api import urls
from bots.lifecycle import Action
from bots.models import Order
from tests.api.conftest import Program
from tests.world import NOW, make_bot

pytestmark = pytest.mark.django_db
APART = ("api_openapi", "api_nowhere", "api_unknown")


@pytest.fixture
def described() -> dict[str, Any]:
    return Program().get("openapi.json").json()


def fits(value: Any, shape: Any, described: dict[str, Any]) -> None:
    """Fails where the value is not of that shape, or says something that the shape does not."""
    whole = {**shape, "components": described["components"]}
    jsonschema.Draft202012Validator(closed(whole)).validate(value)


def closed(shape: Any) -> Any:
    """The shape with no room for what it does not name."""
    if isinstance(shape, list):
        return [closed(each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    inner = {name: closed(each) for name, each in shape.items()}
    if inner.get("type") == "object" and "properties" in inner:
        inner.setdefault("additionalProperties", False)
    return inner


def call_in_a_shell(words: str) -> str:
    """What a new process of the house prints."""
    begin = "import django; django.setup(); "
    done = subprocess.run(
        [sys.executable, "-c", begin + words], cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def shape_of(described, path, method, status):
    answers = described["paths"][path][method]["responses"]
    return answers[str(status)]["content"]["application/json"]["schema"]


def test_it_is_valid(described):
    assert described["openapi"].startswith("3.")
    validate(described)


def test_every_address_stands_in_it(described):
    """And nothing else does."""
    words = {"bot_id": 7, "order_id": 7}
    found = set()
    for each in urls.urlpatterns:
        if each.name not in APART:
            given = {name: words[name] for name in each.pattern.converters}
            path = reverse(each.name, kwargs=given)
            found.add(path.replace("/bots/7/", "/bots/{bot_id}/").replace("/7/", "/{order_id}/"))
    assert found == set(described["paths"])


def test_no_page_waits_for_the_library():
    """It is imported by the first call, not with the pages' addresses."""
    look = "import recalldash.urls, sys; print({'ninja', 'pydantic'} & set(sys.modules))"
    told = call_in_a_shell(look)
    assert told == "set()"


def test_every_operation_asks_for_a_token_and_says_what_it_refuses(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["security"] == [{"Bearer": []}], (method, path)
            assert {"401", "403", "404", "429"} <= set(operation["responses"])
            assert operation["summary"]
            assert operation["description"]
    assert described["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"


def test_every_operation_is_named_once(described):
    names = [o["operationId"] for m in described["paths"].values() for o in m.values()]
    assert len(set(names)) == len(names)
    assert {"list_bots", "read_bot", "pause_recording", "read_order"} <= set(names)


def test_its_examples_are_valid(described):
    tried = 0
    for name, shape in described["components"]["schemas"].items():
        for example in shape.get("examples", ()):
            fits(example, {"$ref": f"#/components/schemas/{name}"}, described)
            tried += 1
    assert tried >= 6


def test_what_is_answered_is_as_described(described, program, a_bot, workspace):
    over = a_bot("in_call_recording", ("call_ended", "bot_kicked_from_call"), "done", recorded=True)
    over.orders.create(action=Action.LEAVE, created_at=NOW, due_at=NOW, expires_at=NOW)
    make_bot(workspace, recall_id=None, phase="scheduled", join_at=NOW)
    one = "/api/v1/bots/{bot_id}/"
    fits(program.get("bots/").json(), shape_of(described, "/api/v1/bots/", "get", 200), described)
    for bot in workspace.bots.all():
        said = program.get(f"bots/{bot.pk}/").json()
        fits(said, shape_of(described, one, "get", 200), described)
    live = a_bot("in_call_recording", recorded=True)
    given = program.post(f"bots/{live.pk}/pause/")
    fits(given.json(), shape_of(described, f"{one}pause/", "post", 202), described)
    order = Order.objects.latest("pk")
    said = program.get(f"orders/{order.pk}/").json()
    fits(said, shape_of(described, "/api/v1/orders/{order_id}/", "get", 200), described)
    refused = {
        400: program.post(f"bots/{live.pk}/pause/", {"x": 1}),
        401: Program().post(f"bots/{live.pk}/pause/"),
        404: program.post("bots/999999/pause/"),
        409: program.post(f"bots/{live.pk}/start/"),
    }
    for status, answer in refused.items():
        assert answer.status_code == status
        fits(answer.json(), shape_of(described, f"{one}start/", "post", status), described)


def test_everybody_reads_it_and_it_holds_nothing_of_anybody(make_token, bot):
    _, token = make_token(name="Planted name")
    answer = Program().get("openapi.json")
    assert answer.status_code == 200
    said = answer.content.decode()
    for word in (
        token,
        token[:9],
        "Planted name",
        "acme",
        "Acme",
        str(bot.recall_id),
        "testserver",
    ):
        assert word not in said


def test_no_page_of_the_library_is_there(program):
    for path in ("docs", "docs/", "redoc/", "/api/docs", "/api/v1/docs/", "/api/v1/"):
        answer = program.get(path)
        assert answer.status_code == 404
        assert b"<script" not in answer.content
    assert "http" not in json.dumps(Program().get("openapi.json").json()["servers"])
