"""Finding the meeting's link in what was pasted: a link, with or without scheme, or a letter."""

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from .hosts import LABELS, PLATFORM_OF_ROOT, platform_of, public_host
from .link import Link, NotALink
from .platforms import Address, meeting_of

LONGEST_LINK = 2_000
LONGEST_TEXT = 20_000
_LONGEST_WRAPPED = 3 * LONGEST_LINK
_MOST_LINKS = 200

# White space and what mail programs and Markdown put around a link. Other control characters are
# not separators: a link that has them is refused.
_SEPARATORS = re.compile(
    r"\]\(|[ \t\r\n\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
    r"<>\"`|^{}\u00ab\u00bb\u201c-\u201f\u2039\u203a]+"
)
_AT_THE_END = ".,;:!?)]}'*\u2018\u2019\u200b\ufeff\u2026"
_AT_THE_START = "([{'*\u2018\u2019\u200b\ufeff"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}\Z")
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}:(?![0-9]{1,5}(?:[/?#]|\Z))", re.I)
# A Zoom number typed the way it is spoken: 123 4567 8901
_SPACED_NUMBER = re.compile(
    r"(zoom\.(?:us|com)/(?:j|s|w|wc/join)/)"
    r"([0-9]{3})[ \u00a0-]([0-9]{3,4})[ \u00a0-]([0-9]{3,4})(?![0-9])",
    re.I,
)
_PLAIN_PORTS = {"http": ("", "80"), "https": ("", "443")}


def find(text: str) -> Link:
    """The meeting link in `text`: the first one of a known platform, else the first link there is.

    Wrapped links (Outlook's Safe Links, Google's redirects, the Teams launcher) are unwrapped.
    Raises NotALink, and nothing else, if there is none or one that must not be sent.
    """
    text = (text or "").strip()
    if not text:
        raise NotALink("There is no link here. Paste the meeting's link.", "empty")
    if len(text) > LONGEST_TEXT:
        raise NotALink("This text is too long. Paste the meeting's link alone.", "too_long")
    second_best: list[tuple[int, Link]] = []
    problem: NotALink | None = None
    for url in _candidates(text):
        try:
            link = _judge(_unwrap(url))
        except NotALink as e:
            problem = problem or e
            continue
        if link.known:
            return link
        second_best.append((1 if link.platform else 0, link))
    if problem:
        raise problem
    if second_best:
        return min(second_best, key=lambda ranked: ranked[0])[1]
    raise NotALink("There is no meeting link in this text.", "no_link")


def _candidates(text: str) -> Iterator[str]:
    """Every link in the text, those without a scheme only where they are clearly meant as one."""
    tokens = _SEPARATORS.split(_SPACED_NUMBER.sub(r"\1\2\3\4", text))
    tokens = [t for t in tokens if t]
    found = 0
    for token in tokens:
        url = _with_scheme(token) or _without_scheme(token, alone=len(tokens) == 1)
        if url:
            yield url
            found += 1
            if found == _MOST_LINKS:
                return


def _with_scheme(token: str) -> str:
    before, colon, after = token.partition("://")
    scheme = _SCHEME.search(before)
    if not colon or not scheme:
        return ""
    return _tidy(scheme[0] + colon + after)


def _without_scheme(token: str, *, alone: bool) -> str:
    token = _tidy(token.lstrip(_AT_THE_START))
    place = re.split(r"[/?#\\]", token, maxsplit=1)[0]
    if alone:
        if _OTHER_SCHEME.match(token):
            raise NotALink("This is not a web link: it must begin with https://.", "scheme")
        is_mail = place == token and token.count("@") == 1
        is_word = "." not in place and ":" not in place and place.lower() != "localhost"
        if is_mail or is_word:
            return ""
        # A host alone is worth judging for what is wrong with it, not for sending.
        url = f"https://{token}"
        return url if place != token or not _is_harmless(url) else ""
    lower = token.lower()
    if "@" in place or place == token or not any(root in lower for root in PLATFORM_OF_ROOT):
        return ""
    return f"https://{token}"


def _is_harmless(url: str) -> bool:
    try:
        return not _judge(url).platform
    except NotALink:
        return False


def _tidy(token: str) -> str:
    while "&amp;" in token:
        token = token.replace("&amp;", "&")
    return token.rstrip(_AT_THE_END)


def _unwrap(url: str) -> str:
    """The link inside a wrapper's link, however often it was wrapped."""
    while inner := _inside(url):
        url = inner
    return url


def _inside(url: str) -> str:
    scheme, _, rest = url.partition("://")
    place, address = _split(rest)
    name, _, port = place.partition(":")
    if len(url) > _LONGEST_WRAPPED or port not in _PLAIN_PORTS.get(scheme.lower(), ()):
        return ""
    host = name.lower().removesuffix(".")
    if host.endswith(".safelinks.protection.outlook.com"):
        target = address.parameter("url")
    elif host in ("google.com", "www.google.com") and address.path == "/url":
        target = address.parameter("q") or address.parameter("url")
    elif platform_of(host).startswith("microsoft_teams"):
        target = address.parameter("url") if address.path.startswith("/dl/launcher/") else ""
        target = (target or f"#{address.fragment}").removeprefix("/_")
        target = target.removeprefix("#")
        target = f"https://{host}{target}" if target.startswith(("/l/", "/meet/")) else ""
    else:
        return ""
    # Shorter each time, or it would never end.
    inner = next((_with_scheme(token) for token in _SEPARATORS.split(target)), "")
    return inner if len(inner) < len(url) else ""


def _split(rest: str) -> tuple[str, Address]:
    """What follows the scheme: everything up to the path, as it was written, and the rest."""
    end = min((i for i in map(rest.find, "/?#") if i >= 0), default=len(rest))
    path, _, fragment = rest[end:].partition("#")
    path, _, query = path.partition("?")
    return rest[:end], Address("", path, query, fragment)


def _judge(url: str) -> Link:
    scheme, _, rest = url.partition("://")
    if len("https://") + len(rest) > LONGEST_LINK:
        raise NotALink(f"This link is longer than {LONGEST_LINK:,} characters.", "too_long")
    if "\\" in url or any(map(_is_hidden, url + unquote(url))):
        raise NotALink(
            "This link has characters in it that can’t be seen or don’t belong there. Type it"
            " or copy it again.",
            "hidden_characters",
        )
    scheme = scheme.lower()
    if scheme not in _PLAIN_PORTS:
        raise NotALink("This is not a web link: it must begin with https://.", "scheme")
    place, parts = _split(rest)
    if "@" in unquote(place):
        raise NotALink(
            "This link hides where it leads: what stands before the @ is not its host.", "userinfo"
        )
    if "[" in place or place.count(":") > 1:
        raise NotALink("This link names a computer by its number, not a meeting service.", "ip")
    name, _, port = place.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise NotALink("This link has no valid port.", "port")
    host = public_host(name)
    address = Address(host, parts.path, parts.query, parts.fragment)
    port = "" if port in _PLAIN_PORTS[scheme] else f":{port}"
    platform = platform_of(host)
    if platform and port:
        raise NotALink(f"{LABELS[platform]} is not reached through port {port[1:]}.", "port")
    tail = _tail(address)
    meeting = meeting_of(platform, address) if platform else None
    if meeting is None:
        return Link(
            url=f"{'https' if platform else scheme}://{host}{port}{tail}",
            platform=platform,
            key=f"{host}{port}{tail.rstrip('/')}",
            meeting_id="",
            password="",
            label=LABELS.get(platform, host),
            known=False,
        )
    return Link(
        url=f"https://{host}{tail}",
        platform=platform,
        key=f"{platform}:{meeting.spot}",
        meeting_id=meeting.meeting_id,
        password=meeting.password,
        label=LABELS[platform],
        known=True,
    )


def _tail(address: Address) -> str:
    query = f"?{address.query}" if address.query else ""
    fragment = f"#{address.fragment}" if address.fragment else ""
    # What an empty fragment hid is the sentence's as much as what stands at its end.
    return f"{address.path}{query}{fragment}".rstrip(_AT_THE_END)


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
