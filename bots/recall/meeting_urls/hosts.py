"""Which hosts a link may name: public ones that do not pass for a platform they are not."""

import re
import unicodedata

from .link import NotALink

# A host is the platform's if it is one of these or below one.
PLATFORM_OF_ROOT = {
    "zoom.us": "zoom",
    "zoom.com": "zoom",
    "meet.google.com": "google_meet",
    "teams.microsoft.com": "microsoft_teams",
    "teams.microsoft.us": "microsoft_teams",
    "teams.cloud.microsoft": "microsoft_teams",
    "teams.live.com": "microsoft_teams_live",
    "webex.com": "webex",
    "goto.com": "goto_meeting",
    "gotomeeting.com": "goto_meeting",
    "gotomeet.me": "goto_meeting",
}
LABELS = {
    "zoom": "Zoom",
    "google_meet": "Google Meet",
    "microsoft_teams": "Microsoft Teams",
    "microsoft_teams_live": "Microsoft Teams (personal)",
    "webex": "Webex",
    "goto_meeting": "GoTo Meeting",
}
# Nobody but the platforms' owners can have a host below these.
_OWNED = (
    ".google.com",
    ".microsoft.com",
    ".microsoft.us",
    ".live.com",
    ".cloud.microsoft",
    ".zoom.com.cn",
)
_NAMES = {"zoom": "zoom", "webex": "webex", "gotomeeting": "goto_meeting"}
_SECOND_LEVEL = {"co", "com", "net", "org", "ac", "gov", "edu"}
_PRIVATE = {
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "onion",
    "invalid",
    "arpa",
}
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_IMITATING_SCRIPTS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
_DOTS = str.maketrans({"\u3002": ".", "\uff61": ".", "\uff0e": "."})
# Letters that pass for others: in one font or another nobody sees the difference.
_TWINS = {
    ord(twin): letter
    for letter, twins in {
        "a": "\u0430\u03b1",
        "b": "\u0432\u044c8",
        "c": "\u0441\u03f2",
        "d": "\u0501",
        "e": "\u0435\u03b53",
        "g": "\u0261\u0581",
        "h": "\u04bb\u0570",
        "i": "\u0456\u03b9\u0131l1",
        "j": "\u0458",
        "k": "\u043a\u03ba",
        "m": "\u043c",
        "n": "\u043f\u0578",
        "o": "\u043e\u03bf\u05850",
        "p": "\u0440\u03c1",
        "q": "\u051b",
        "r": "\u0433",
        "s": "\u04555",
        "t": "\u0442\u03c4",
        "u": "\u03c5\u057d",
        "v": "\u0475\u03bd",
        "w": "\u051d\u03c9",
        "x": "\u0445\u03c7",
        "y": "\u0443\u03b3",
    }.items()
    for twin in twins
}


def platform_of(host: str) -> str:
    """Recall's word for the platform that owns this host, or nothing."""
    for root, platform in PLATFORM_OF_ROOT.items():
        if host == root or host.endswith("." + root):
            return platform
    return ""


def public_host(raw: str) -> str:
    """The host in its normal form (lower case, no dot at the end).

    Raises NotALink for an address in numbers, a name of a private network, something that is no
    host name, and a host that looks like a platform's but is not.
    """
    host = raw.lower().removesuffix(".")
    folded = unicodedata.normalize("NFKC", host.translate(_DOTS))
    folded = folded.lower().removesuffix(".")
    labels = folded.split(".")
    if _NUMBER.match(labels[-1]) or ":" in folded:
        raise NotALink("This link names a computer by its number, not a meeting service.", "ip")
    if labels[-1] in _PRIVATE:
        raise NotALink(f"“{folded[:60]}” is a name inside a private network.", "private")
    # Of two dots at the end only one is the root's: without the other it would be another host.
    if host.endswith(".") or not all(map(_is_label, labels)) or len(folded) > 253:
        raise NotALink("This link has no valid host name.", "host")
    if len(labels) == 1:
        raise NotALink(f"“{folded[:60]}” is a name inside a private network.", "private")
    if not platform_of(host):
        imitated = _imitated(host, folded)
        if imitated:
            raise NotALink(
                f"“{host[:60]}” is not {imitated}, it only looks like it. Check where the link"
                " came from.",
                "look_alike",
            )
    return host


def _is_label(label: str) -> bool:
    if label.isascii():
        return bool(_LABEL.match(label))
    return len(label) <= 63 and all(c.isalnum() or c == "-" or _is_mark(c) for c in label)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("M")


def _imitated(host: str, folded: str) -> str:
    """Whose host this passes for, as people call it; empty if it passes for nobody's."""
    if f".{folded}".endswith(_OWNED) and folded == host:
        return ""
    labels = [_decoded(label) for label in folded.split(".")]
    plain = unicodedata.normalize("NFKD", ".".join(labels))
    plain = "".join(c for c in plain if not _is_mark(c))
    platform = platform_of(plain) or _dressed_up(plain) or _misspelt(plain)
    if platform:
        return LABELS[platform]
    if host != folded and folded.isascii():
        return "what it seems to be"
    return "what it seems to be" if any(map(_mixes_alphabets, labels)) else ""


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode").casefold()
    except UnicodeError:
        raise NotALink("This link has no valid host name.", "host") from None


def _mixes_alphabets(label: str) -> bool:
    names = [unicodedata.name(c, "") for c in label if c.isalpha()]
    return any(name.startswith("LATIN") for name in names) and any(
        name.startswith(_IMITATING_SCRIPTS) for name in names
    )


def _dressed_up(host: str) -> str:
    """A platform's whole name inside another host: zoom.us.example.com, zoom-us.example.com"""
    dotted = f".{host.replace('-', '.')}."
    squashed = host.replace("-", "").replace(".", "")
    for root, platform in PLATFORM_OF_ROOT.items():
        if f".{root}." in dotted or squashed == root.replace(".", ""):
            return platform
    return ""


def _misspelt(host: str) -> str:
    """A platform's name with a slip that the eye forgives: z00m.us, meet.goggle.com, zoom.co"""
    labels = host.split(".")
    for root, platform in PLATFORM_OF_ROOT.items():
        tail = _skeleton(".".join(labels[-root.count(".") - 1 :]))
        target = _skeleton(root)
        if tail == target or (len(root) >= 14 and _one_slip(tail, target)):
            return platform
    owner = labels[-3] if len(labels) > 2 and labels[-2] in _SECOND_LEVEL else labels[-2]
    return _NAMES.get(owner, "")


def _skeleton(text: str) -> str:
    """How the text looks at a glance: twins made one, repeated letters once."""
    text = text.translate(_TWINS).replace("rn", "m").replace("vv", "w")
    return "".join(c for i, c in enumerate(text) if c != text[i - 1 : i])


def _one_slip(a: str, b: str) -> bool:
    """Whether one letter more, less or other, or two swapped, makes a into b."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
