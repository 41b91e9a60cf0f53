"""Where signed links may lead: Recall's own address and the hosts that keep its files."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import httpx

# https://docs.recall.ai/docs/media-shortcuts: files lie in Amazon's buckets or at Recall's.
MEDIA_HOSTS = ("https://*.amazonaws.com", "https://*.recall.ai")
_PORTS = {"http": 80, "https": 443}


def is_known(link: httpx.URL, *, base_url: str, sources: Iterable[str] = MEDIA_HOSTS) -> bool:
    """Whether the link leads to Recall's own address, or to one of these sources.

    Sources are written as Content-Security-Policy has them: `https://*.example.com`, a host
    alone (then https), a port only where it is not the usual one.
    """
    if link.userinfo or link.scheme not in _PORTS:
        return False
    here, home = _origin(link), _origin(httpx.URL(base_url))
    if here == home:
        return True
    return any(_matches(source, *here) for source in sources)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    # The raw host is the one that is connected to, in ASCII.
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0)


def _matches(source: str, scheme: str, host: str, port: int) -> bool:
    try:
        parts = urlsplit(source if "://" in source else f"https://{source}")
        wanted, wanted_port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return False
    if not wanted or (scheme, port) != (parts.scheme, wanted_port):
        return False
    return host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted
