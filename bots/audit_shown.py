"""What the audit log shows: each deed as a sentence, with a way to what it was done to."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

from django.urls import NoReverseMatch, reverse

from bots.models import AuditEvent, Role, Verb
from bots.models.forgotten import NO_VEIL, Veil

# Said in the sentence already, or of use to a program alone.
_UNSAID: Final = frozenset(
    {
        *("bots", "from", "to", "team", "version", "invitation", "left", "platform", "share"),
        "given_by",
    }
)
_LABELS: Final = {
    "added": "added",
    "removed": "removed",
    "excluded": "left out",
    "included": "back in",
    "role": "as",
    "teams": "in",
    "note": "note",
    "restored": "from version",
    "file": "file",
    "recall": "answer:",
    "gone": "gone:",
    "scopes": "may",
    "in_teams": "in",
}


class Line:
    """One deed of the log as people read it."""

    def __init__(self, event: AuditEvent, slug: str, veil: Veil = NO_VEIL) -> None:
        self.event = event
        self.slug = slug
        self.veil = veil.everywhere

    @property
    def who(self) -> str:
        if self.event.verb in (Verb.SHARE_OPENED, Verb.SHARE_DOWNLOADED):
            return "Somebody with the link"
        # A rule, a program or a command where no person did it.
        given_by = str(self.event.detail.get("given_by") or "")
        return self.veil.name(self.event.by_name) or given_by or "recalldash"

    @property
    def did(self) -> str:
        """The verb as it reads between who and what."""
        if self.event.verb == Verb.REMOVED and self.event.detail.get("left"):
            return "left"
        if self.event.verb == Verb.LEAVE_ALL:
            return "sent home"  # and then how many
        return str(self.event.get_verb_display())

    @property
    def what(self) -> str:
        """What it was done to, "" where the verb says it all."""
        event = self.event
        if event.verb == Verb.JOINED or (event.verb == Verb.REMOVED and event.detail.get("left")):
            return ""
        return self.veil.text(self.veil.name(event.what))

    @property
    def told(self) -> list[str]:
        """What else is to be told, a few words each."""
        return list(self._told())

    @property
    def url(self) -> str:
        """Where what it was done to has its page, "" where it has none."""
        find = _PAGES.get(self.event.kind)
        with suppress(NoReverseMatch):
            return find(self.slug, self.event) if find else ""
        return ""

    def _told(self) -> Iterator[str]:
        detail = self.veil.tree(self.event.detail)
        if "from" in detail and "to" in detail:
            yield f"from {_role(detail['from'])} to {_role(detail['to'])}"
        for name, value in detail.items():
            if name in _UNSAID or value in (None, "", [], {}, False):
                continue
            yield f"{_LABELS.get(name, name.replace('_', ' '))} {_words(name, value)}"


def _words(name: str, value: Any) -> str:
    if name == "role":
        return _role(value).lower()
    if name == "note":
        return f"“{value}”"
    if isinstance(value, list):
        shown = ", ".join(map(str, value[:8]))
        return f"{shown} and {len(value) - 8} more" if len(value) > 8 else shown
    return "yes" if value is True else str(value)


def _role(word: Any) -> str:
    return dict(Role.choices).get(word, str(word))


def _version_url(slug: str, event: AuditEvent) -> str:
    team, number = event.detail.get("team"), event.detail.get("version")
    if team is None:
        return reverse("policy_default_version", args=[slug, number])
    return reverse("policy_version", args=[slug, team, number])


def _page(name: str) -> Callable[[str, AuditEvent], str]:
    return lambda slug, event: reverse(name, args=[slug, event.target_id])


def _of_all(name: str) -> Callable[[str, AuditEvent], str]:
    return lambda slug, event: reverse(name, args=[slug])


_PAGES: Final[dict[str, Callable[[str, AuditEvent], str]]] = {
    "bot": _page("bot"),
    "recording": _page("recording"),
    "team": _page("policy"),
    "policyversion": _version_url,
    "membership": _of_all("members"),
    "alertaddress": _of_all("alert_choices"),
    "apitoken": _of_all("api_tokens"),
    "invitation": _of_all("members"),
    "workspace": _of_all("settings"),
    "webhooksecret": _of_all("settings"),
    "delivery": _of_all("deliveries"),
    "batch": _page("batch"),
    "personerasure": _page("persons_one"),
}
