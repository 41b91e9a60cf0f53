"""Recall's own schemas, and ours for what they leave out, as functions that judge a message."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SHARED = Path(__file__).parents[3] / "shared" / "recall-api"
OURS = Path(__file__).parent / "schemas"

BOT = "/api/v1/bot/{id}/"
BARE_COMMANDS = (
    "stop_recording",
    "pause_recording",
    "resume_recording",
    "request_recording_permission",
)
# Recall's own schemas of what the endpoints take that its description leaves out.
OUTPUTS = {
    "output_audio": "AudioOutputData",
    "output_video": "VideoOutput",
    "output_screenshare": "VideoOutput",
    "output_media": "OutputMedia",
}
OUR_REQUESTS: dict[tuple[str, str], str | None] = {
    **{("POST", f"{BOT}{verb}/"): None for verb in BARE_COMMANDS},
    ("POST", f"{BOT}start_recording/"): "start_recording",
    ("POST", f"{BOT}send_chat_message/"): "send_chat_message",
    **{
        ("POST", f"{BOT}{verb}/"): f"recall:request#/components/schemas/{name}"
        for verb, name in OUTPUTS.items()
    },
    **{("DELETE", f"{BOT}{verb}/"): None for verb in OUTPUTS},
    ("DELETE", f"{BOT}output_media/"): "stop_output_media",
    **{
        (method, f"/api/v1/{kind}/{path}"): None
        for kind in ("participant_events", "meeting_metadata")
        for method, path in (("GET", ""), ("GET", "{id}/"), ("DELETE", "{id}/"))
    },
    ("GET", "/api/v1/realtime_endpoint/"): None,
    ("GET", "/api/v1/realtime_endpoint/{id}/"): None,
}
CURSOR_FILTERS = {"created_at_after", "created_at_before", "cursor", "recording_id", "status_code"}
# The description is older than cursors for bots.
NEWER_FILTERS = {"use_cursor", "cursor"}

# Seen on real bots, against the description: ordinary steps have neither message nor sub-code.
NULLABLE_AFTER_ALL = {"BotEvent": ("message", "sub_code")}


class Unlike(AssertionError):
    """A message that Recall's description does not allow."""


@cache
def shared_json(name: str) -> Any:
    """One of Recall's files, which tests only read. Skips the test where it does not exist."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"Recall's own description is not here: {path}")
    return json.loads(path.read_text())


# What may be asked


def validate_request(method: str, path: str, body: Any) -> None:
    """
    Judge a request by method, path (a real one, `/api/v1/bot/<id>/`) and decoded JSON body, None
    for an empty one. Keys that the schema does not know are refused. Raises Unlike.
    """
    for (ours, template), name in OUR_REQUESTS.items():
        if ours == method and _fits(template, path):
            ref = name if name is None or ":" in name else f"ours:{name}"
            _judge_body(None if ref is None else {"$ref": ref}, body, optional=True)
            return
    template, operation = _operation(method, path)
    schema = _json_schema(operation.get("requestBody"))
    pointer = f"/paths/{_escape(template)}/{method.lower()}/requestBody"
    _judge_body(schema and {"$ref": _inside("request", pointer)}, body, optional=False)


def validate_query(method: str, path: str, query: Iterable[tuple[str, str]]) -> None:
    """Judge the names in a query string. Raises Unlike."""
    if any(ours == method and _fits(each, path) for ours, each in OUR_REQUESTS):
        known = CURSOR_FILTERS
    else:
        _, operation = _operation(method, path)
        parameters = operation.get("parameters", [])
        known = {each["name"] for each in parameters if each["in"] == "query"}
    for name, _ in query:
        if name not in known | NEWER_FILTERS and not name.startswith("metadata__"):
            raise Unlike(f"{method} {path} knows no {name}")


# What may be answered


def validate_response(method: str, path: str, status: int, body: Any) -> None:
    """Judge an answer by its status and decoded JSON body, None for an empty one."""
    if status >= 400:
        if body is not None:
            _judge({"$ref": "ours:error"}, body)
        return
    for ours, template in OUR_REQUESTS:
        if ours == method and _fits(template, path):
            _judge_body(_our_answer(method, template), body, optional=False)
            return
    template, operation = _operation(method, path)
    described = operation["responses"].get(str(status))
    if described is None:
        raise Unlike(f"{method} {template} never answers {status}")
    pointer = f"/paths/{_escape(template)}/{method.lower()}/responses/{status}"
    schema = _json_schema(described)
    _judge_body(schema and {"$ref": _inside("response", pointer)}, body, optional=False)


def validate_event(body: Any) -> None:
    """Judge a webhook's decoded body by Recall's catalogue, or by our schema for newer ones."""
    listed = catalogue().get(body["event"])
    _judge(listed or {"$ref": "ours:event"}, body)


def validate_realtime(body: Any) -> None:
    """Judge what a real-time webhook endpoint is told. Raises Unlike."""
    enum = "BotRecordingConfigRealtimeEndpointWebhookEventsEnum"
    known = shared_json("openapi-2025-11.json")["components"]["schemas"][enum]["enum"]
    _judge({"properties": {"event": {"enum": known}}}, body)
    _judge({"$ref": "ours:realtime"}, body)


def validate_download(kind: str, data: Any) -> None:
    """Judge what stands behind a link; `kind` is a definition of `schemas/downloads.json`."""
    _judge({"$ref": f"ours:downloads#/$defs/{kind}"}, data)


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Recall's JSON Schemas of its webhooks by event name; those without a schema are left out."""
    found = {}
    for entry in shared_json("webhooks-2025-11.json")["data"]:
        if entry["schemas"]:
            schema = dict(entry["schemas"]["1"])
            # Every one of them claims to be the metaschema itself.
            schema.pop("$id", None)
            schema.pop("$schema", None)
            found[entry["name"]] = schema
    return found


def _our_answer(method: str, template: str) -> dict[str, Any] | None:
    if method == "DELETE":
        return None
    if template.startswith(BOT):
        return {"$ref": _inside("response", "/components/schemas/Bot")}
    kind = template.split("/")[3]
    one = {"$ref": f"ours:{kind}"}
    if template.endswith("{id}/"):
        return one
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "properties": {
            "next": link,
            "previous": link,
            "results": {"type": "array", "items": one},
        },
        "required": ["next", "previous", "results"],
    }


def _operation(method: str, path: str) -> tuple[str, dict[str, Any]]:
    paths = shared_json("openapi-2025-11.json")["paths"]
    for template, operations in paths.items():
        if _fits(template, path) and method.lower() in operations:
            return template, operations[method.lower()]
    raise Unlike(f"Recall describes no {method} {path}")


def _fits(template: str, path: str) -> bool:
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


def _json_schema(described: Mapping[str, Any] | None) -> Any:
    return ((described or {}).get("content") or {}).get("application/json", {}).get("schema")


def _escape(template: str) -> str:
    return template.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _inside(side: str, pointer: str) -> str:
    if pointer.startswith("/paths/"):
        pointer += "/content/application~1json/schema"
    return f"recall:{side}#{pointer}"


# Judging


def _judge_body(schema: dict[str, Any] | None, body: Any, *, optional: bool) -> None:
    if schema is None:
        if body is not None:
            raise Unlike(f"no body is known here, and this is one: {body!r:.200}")
        return
    if body is None and optional:
        return
    _judge(schema, body)


def _judge(schema: dict[str, Any], value: Any) -> None:
    uses_recall = "recall:" in json.dumps(schema)
    registry = _registry(with_recall=uses_recall)
    validator = Draft202012Validator(schema, registry=registry, format_checker=_formats)
    faults = [each for top in validator.iter_errors(value) for each in _reasons(top)]
    if faults:
        raise Unlike("\n".join(faults))


def _reasons(fault: ValidationError) -> Iterator[str]:
    """The fault and, where several branches were tried, why each of them failed."""
    yield f"{fault.json_path}: {fault.message:.200}"
    for each in fault.context or ():
        yield from _reasons(each)


@cache
def _registry(*, with_recall: bool) -> Registry:
    schemas = {f"ours:{path.stem}": json.loads(path.read_text()) for path in OURS.glob("*.json")}
    if with_recall:
        openapi = deepcopy(shared_json("openapi-2025-11.json"))
        for name, fields in NULLABLE_AFTER_ALL.items():
            for each in fields:
                openapi["components"]["schemas"][name]["properties"][each]["nullable"] = True
        for side in ("request", "response"):
            schemas[f"recall:{side}"] = _document(openapi, side=side)
    return Registry().with_resources(
        (uri, Resource(contents=each, specification=DRAFT202012)) for uri, each in schemas.items()
    )


def _document(openapi: Any, *, side: str) -> Any:
    """The whole description with every schema in it as JSON Schema 2020-12, for one side."""
    if isinstance(openapi, list):
        return [_document(each, side=side) for each in openapi]
    if not isinstance(openapi, dict):
        return openapi
    document = {}
    for key, each in openapi.items():
        if key == "schema":
            document[key] = _converted(each, side=side, open=False)
        elif key == "schemas":
            parts = _parts(each)
            document[key] = {
                name: _converted(schema, side=side, open=name in parts)
                for name, schema in each.items()
            }
        else:
            document[key] = _document(each, side=side)
    return document


def _parts(schemas: Mapping[str, Any]) -> set[str]:
    """Schemas that are only ever one half of another; alone they can't know all its keys."""
    return {
        half["$ref"].rpartition("/")[2]
        for schema in schemas.values()
        if len(schema.get("allOf", ())) > 1
        for half in schema["allOf"]
    }


def _converted(schema: Any, *, side: str, open: bool) -> Any:
    """
    One OpenAPI 3.0 schema as JSON Schema: `nullable` becomes null, a discriminator chooses its
    branch, and what the other side alone may say is forbidden. Requests know no unknown keys
    unless `open`.
    """
    if not isinstance(schema, dict):
        return schema
    foreign = "readOnly" if side == "request" else "writeOnly"
    found = {k: v for k, v in schema.items() if k not in ("nullable", "discriminator", "example")}
    if "properties" in schema:
        forbidden = {k for k, v in schema["properties"].items() if v.get(foreign)}
        found["properties"] = {
            key: False if key in forbidden else _converted(each, side=side, open=False)
            for key, each in schema["properties"].items()
        }
        required = [key for key in schema.get("required", ()) if key not in forbidden]
        found["required"] = required
        if side == "request" and not open:
            found.setdefault("additionalProperties", False)
    for key in ("items", "additionalProperties", "not"):
        if key in schema:
            found[key] = _converted(schema[key], side=side, open=False)
    for key in ("allOf", "oneOf", "anyOf"):
        if key in schema:
            found[key] = [
                _converted(each, side=side, open=False)
                for each in schema[key]
                if not each.get(foreign)
            ]
    if side == "request" and len(schema.get("allOf", ())) > 1:
        found["unevaluatedProperties"] = False
    if mapping := schema.get("discriminator", {}).get("mapping"):
        found = _discriminated(schema["discriminator"]["propertyName"], mapping)
    if schema.get("nullable"):
        found = {"anyOf": [{"type": "null"}, found]}
    return found


def _discriminated(name: str, mapping: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"enum": list(mapping)}},
        "required": [name],
        "allOf": [
            {"if": {"properties": {name: {"const": word}}}, "then": {"$ref": ref}}
            for word, ref in mapping.items()
        ],
    }


_formats = FormatChecker(formats=())


@_formats.checks("date-time")
def _is_date_time(value: Any) -> bool:
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or re.fullmatch(stamp, value) is not None


@_formats.checks("uuid", raises=ValueError)
def _is_uuid(value: Any) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value.lower()


@_formats.checks("uri", raises=ValueError)
def _is_uri(value: Any) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme and urlsplit(value).netloc)
