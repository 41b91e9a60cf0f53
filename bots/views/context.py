"""What the frame around every page knows: where we are, who looks, what is live, what is wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from bots.models import Bot, Membership, Workspace
from bots.views.access import memberships_of
from bots.views.notices import DISMISSED, Notice, of_workspace, present

# The pages of one bot, which says by itself what is wrong.
OF_A_BOT = frozenset({"bot", "bot_deliveries", "order", "send_another"})


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
        """The one of the workspace in the address; None on pages outside of any."""
        match = self.request.resolver_match
        slug = match.kwargs.get("slug") if match else None
        return next((m for m in self.memberships if m.workspace.slug == slug), None)

    @property
    def workspace(self) -> Workspace | None:
        return self.membership.workspace if self.membership else None

    @cached_property
    def doors(self) -> list[Door]:
        if self.membership is None:
            return []
        return list(_doors(self.request, self.membership))

    @cached_property
    def present(self) -> list[Bot]:
        """The bots that are live or upcoming."""
        if self.workspace is None:
            return []
        return present(self.workspace)

    @property
    def live_count(self) -> int:
        return sum(bot.is_live for bot in self.present)

    @cached_property
    def notices(self) -> list[Notice]:
        if self.workspace is None:
            return []
        dismissed = set(self.request.COOKIES.get(DISMISSED, "").split("."))
        return of_workspace(
            self.workspace,
            self.present,
            now=timezone.now(),
            but=self.bot_here,
            dismissed=dismissed,
        )

    @property
    def bot_here(self) -> int | None:
        """The bot whose page this is, or is open where a piece of it is asked for; else None."""
        match = self.request.resolver_match
        if match and match.url_name in OF_A_BOT:
            return int(match.kwargs["pk"])
        said = self.request.GET.get("here", "")
        return int(said) if said.isdecimal() and said.isascii() and len(said) < 19 else None

    @property
    def watermark(self) -> str:
        """Where the feed stood before anything of this page was read."""
        return str(self.request.watermark)  # type: ignore[attr-defined]


def _doors(request: HttpRequest, membership: Membership) -> Iterator[Door]:
    match = request.resolver_match
    here = (match.url_name if match else None) or ""
    slug = membership.workspace.slug
    rooms = {"bots", "bot", "bot_deliveries", "order", "send_to", "recording"}
    yield Door("bots", "Bots", "bot", reverse("bots", args=[slug]), here in rooms)
    url = reverse("policy_of", args=[slug])
    yield Door("policy", "Policy", "shield-check", url, here.startswith(("policy", "dry_run")))
    url = reverse("notetakers_of", args=[slug])
    yield Door("notetakers", "Notetakers", "user-x", url, here.startswith("notetakers"))
    url = reverse("settings", args=[slug])
    yield Door("settings", "Settings", "settings", url, here == "settings")


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `shell` in every template."""
    return {"shell": Shell(request)}
