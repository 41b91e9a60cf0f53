"""Pages of a log by cursor: as quick in the depth of the log as at its top."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

ON_A_PAGE = 50


class NotOurs(Exception):
    """A place in a log that was not given out by us."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows and where the next ones begin, "" at the end."""

    rows: list[Any]
    after: str
    is_first: bool


def turn(rows: QuerySet[Any], place: str, *, by: str, size: int = ON_A_PAGE) -> Page:
    """The next rows after that place, the newest by that column first.

    Raises NotOurs for a place made up, or given out for another log.
    """
    salt = f"paging.{rows.model.__name__}"
    rows = rows.order_by(f"-{by}", "-pk")
    if place:
        at, pk = _read(place, salt)
        rows = rows.filter(**{f"{by}__lte": at}).filter(Q(**{f"{by}__lt": at}) | Q(pk__lt=pk))
    found = list(rows[: size + 1])
    more = len(found) > size
    found = found[:size]
    after = ""
    if more:
        after = signing.dumps([getattr(found[-1], by).isoformat(), found[-1].pk], salt=salt)
    return Page(found, after, is_first=not place)


def filters_of(request: HttpRequest) -> str:
    """The filters of this address, as the pager's links carry them."""
    given = request.GET.copy()
    given.pop("after", None)
    return given.urlencode()


def _read(place: str, salt: str) -> tuple[datetime, int]:
    try:
        said, pk = signing.loads(place, salt=salt)
        at = parse_datetime(said)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotOurs("This address was changed on its way.") from error
    if at is None:
        raise NotOurs("This address was changed on its way.")
    return at, int(pk)
