"""Who asks and where they belong: what every page knows of a person, by one question."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery

from bots import feed
from bots.models import Heard, Membership


def memberships(user_pk: int) -> list[Membership]:
    """A person's memberships with their workspaces, by name, all of one `user`.

    Each knows where the feed stood when they were read (`feed_at`, as `str(Cursor)`; None where
    it is empty): whatever is read after them is at least as new. And the key of the newest alert
    that the person has not read (`newest_unread`), None where there is none.
    """
    told = Heard.objects.filter(user=OuterRef("user"), workspace=OuterRef("workspace"))
    unread = told.unread().order_by("-raised_at", "-pk")
    found: list[Membership] = list(
        Membership.objects.filter(user=user_pk)
        .select_related("workspace", "user")
        .annotate(feed_at=Subquery(feed.place()), newest_unread=Subquery(unread.values("pk")[:1]))
        .order_by("workspace__name", "pk")
    )
    for membership in found:
        membership.user = found[0].user
    return found


def of(user: Any) -> list[Membership]:
    """The memberships of somebody who is signed in; read once for each `user`."""
    if not hasattr(user, "belongs_to"):
        user.belongs_to = memberships(user.pk)
    return cast(list[Membership], user.belongs_to)


def person(user_pk: int) -> User | None:
    """That person with their memberships read (`belongs_to`), or None for one who has none."""
    found = memberships(user_pk)
    if not found:
        return None
    user: User = found[0].user
    user.belongs_to = found  # type: ignore[attr-defined]
    return user
