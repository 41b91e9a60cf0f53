"""What the frame around every page knows: where we are, who looks, what is live, what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from bots import feed, hearing
from bots.models import Bot, Heard, Membership, Workspace
from bots.rights import Right
from bots.views.access import memberships_of
from bots.views.notices import DISMISSED, Notice, Watched, of_workspace, watched

# The pages of a person, who comes to them from a workspace and goes back there.
OF_A_PERSON = frozenset(
    {
        "account",
        "account_change_password",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "sessions",
    }
)
# The pages of one bot, which says by itself what is wrong.
OF_A_BOT = frozenset({"bot", "bot_deliveries", "order", "send_another"})
# The pages behind *Settings*, in the order of their tabs: (address, label, who is shown them).
# A page's own pages begin with its name: "members", "members_roles".
SETTINGS = (
    ("settings", "Connection", Right.LOOK),
    ("deliveries", "Deliveries", Right.WATCH),
    ("calls", "Calls", Right.WATCH),
    ("members", "Members", Right.LOOK),
    ("teams", "Teams", Right.LOOK),
    ("shares", "Shared links", Right.LEAD),
    ("persons", "A person's data", Right.ERASE),
    ("audit", "Audit log", Right.AUDIT),
    ("api_tokens", "API", Right.API),
    ("alert_choices", "Alerts", Right.LOOK),
)


# More than anybody counts.
MOST_UNREAD = 100


@dataclass(frozen=True, slots=True)
class Door:
    """One way out of the rail."""

    name: str
    label: str
    icon: str
    url: str
    is_here: bool


class Shell:
    """The frame of one request. Nothing is asked of the database before a template asks here."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def is_sandbox(self) -> bool:
        return bool(settings.SANDBOX)

    @cached_property
    def memberships(self) -> list[Membership]:
        user = getattr(self.request, "user", None)
        return memberships_of(self.request) if user and user.is_authenticated else []

    @cached_property
    def membership(self) -> Membership | None:
        """The one of the workspace in the address; None on pages outside of any.

        On a person's own pages it is the one that the person came from.
        """
        match = self.request.resolver_match
        slug = match.kwargs.get("slug") if match else None
        found = next((m for m in self.memberships if m.workspace.slug == slug), None)
        if found is None and match and match.url_name in OF_A_PERSON:
            last = self.request.session.get("workspace")
            first = self.memberships[0] if self.memberships else None
            return next((m for m in self.memberships if m.workspace.slug == last), first)
        return found

    @property
    def frame(self) -> str:
        """The layout of a person's own pages: in the frame of a workspace, or without one."""
        return "account/framed.html" if self.membership else "account/bare.html"

    @property
    def workspace(self) -> Workspace | None:
        return self.membership.workspace if self.membership else None

    @cached_property
    def doors(self) -> list[Door]:
        if self.membership is None:
            return []
        return list(_doors(self.request, self.membership))

    @cached_property
    def settings_doors(self) -> list[Door]:
        """The tabs of *Settings* that this person may open."""
        if self.membership is None:
            return []
        return list(_settings_doors(self.request, self.membership))

    @cached_property
    def _watched(self) -> Watched:
        return watched(self.membership, now=timezone.now()) if self.membership else Watched([], [])

    @property
    def present(self) -> list[Bot]:
        """The bots that are live or upcoming."""
        return self._watched.present

    @property
    def live_count(self) -> int:
        """How many Recall has taken and not let go; what waits to be sent is not among them."""
        return sum(bot.is_live and bot.recall_id is not None for bot in self.present)

    @cached_property
    def notices(self) -> list[Notice]:
        if self.membership is None or self.is_alerts_here:
            return []
        dismissed = set(self.request.COOKIES.get(DISMISSED, "").split("."))
        now = timezone.now()
        return of_workspace(self._watched, now=now, but=self.bot_here, dismissed=dismissed)

    @cached_property
    def troubles(self) -> list[hearing.Trouble]:
        """What is wrong between the workspace and Recall, for those who lead."""
        if self.membership is None or not self.membership.may(Right.LEAD):
            return []
        return hearing.troubles(self.membership.workspace, now=timezone.now())

    @property
    def bot_here(self) -> int | None:
        """The bot whose page this is, or is open where a piece of it is asked for; else None."""
        match = self.request.resolver_match
        if match and match.url_name in OF_A_BOT:
            return int(match.kwargs["pk"])
        said = self.request.GET.get("here", "")
        return int(said) if said.isdecimal() and said.isascii() and len(said) < 19 else None

    @property
    def is_alerts_here(self) -> bool:
        """Whether this is the list of alerts, which tells all of that by itself."""
        match = self.request.resolver_match
        is_list = match is not None and match.url_name == "alerts"
        return is_list or self.request.GET.get("here") == "alerts"

    @cached_property
    def unread(self) -> list[Heard]:
        """The alerts that this person has not read, newest first; of many only so many."""
        if self.membership is None or self.membership.newest_unread is None:  # type: ignore[attr-defined]
            return []
        unread = Heard.objects.seen_by(self.membership).unread().select_related("alert__bot")
        # A bot's settings are long, and no page names them beside the bell.
        long = [f"alert__bot__{name}" for name in ("request", "asked", "config")]
        return list(unread.defer(*long).order_by("-raised_at", "-pk")[:MOST_UNREAD])

    @property
    def watermark(self) -> str:
        """Where the feed stood before anything of this page was read."""
        known = self.membership and self.membership.feed_at  # type: ignore[attr-defined]
        return known or str(feed.Cursor())


def _doors(request: HttpRequest, membership: Membership) -> Iterator[Door]:
    match = request.resolver_match
    here = (match.url_name if match else None) or ""
    slug = membership.workspace.slug
    rooms = {"bots", "bot", "bot_deliveries", "order", "send_to", "leave_all", "batch"}
    yield Door("bots", "Bots", "bot", reverse("bots", args=[slug]), here in rooms)
    url = reverse("recordings", args=[slug])
    yield Door("recordings", "Recordings", "film", url, here.startswith("recording"))
    url = reverse("assistants", args=[slug])
    yield Door("assistants", "Assistants", "zap", url, here.startswith("assistants"))
    url = reverse("alerts", args=[slug])
    yield Door("alerts", "Alerts", "bell", url, here in ("alerts", "alerts_open"))
    url = reverse("policy_of", args=[slug])
    yield Door("policy", "Policy", "shield-check", url, here.startswith(("policy", "dry_run")))
    url = reverse("notetakers_of", args=[slug])
    yield Door("notetakers", "Notetakers", "user-x", url, here.startswith("notetakers"))
    url = reverse("settings", args=[slug])
    is_here = any(_is_of(here, name) for name, _, _ in SETTINGS)
    yield Door("settings", "Settings", "settings", url, is_here)


def _settings_doors(request: HttpRequest, membership: Membership) -> Iterator[Door]:
    match = request.resolver_match
    here = (match.url_name if match else None) or ""
    for name, label, right in SETTINGS:
        if membership.may(right):
            url = reverse(name, args=[membership.workspace.slug])
            yield Door(name, label, "", url, _is_of(here, name))
    yield Door("account", "Account", "", reverse("account"), here in OF_A_PERSON)


def _is_of(here: str, name: str) -> bool:
    return here == name or here.startswith(f"{name}_")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `shell` in every template."""
    return {"shell": Shell(request)}
