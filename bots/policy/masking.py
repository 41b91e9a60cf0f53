"""Requests and rules as they may be shown: an RTMP address holds the key of a stream. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


def stream(url: str) -> str:
    """Where a stream goes, without the path that is its key: "rtmp://live.example/…"."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "…" if url else ""
    if not host:
        return "…" if url else ""
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}/…"


def shown(value: Any) -> Any:
    """A request, an answer or a policy's values with every stream's key left out."""
    if isinstance(value, Mapping):
        is_stream = value.get("type") == "rtmp"
        return {
            key: stream(part)
            if isinstance(part, str) and (key == "rtmp_url" or (key == "url" and is_stream))
            else shown(part)
            for key, part in value.items()
        }
    return [shown(part) for part in value] if isinstance(value, list | tuple) else value
