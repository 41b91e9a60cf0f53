"""Pages of a list by cursor: as quick in the depth of the list as at its top."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

ON_A_PAGE = 50


class NotOurs(Exception):
    """A place in a list that was not given out by us."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows and where the next ones begin, "" at the end."""

    rows: list[Any]
    after: str
    is_first: bool


def turn(rows: QuerySet[Any], place: str, *, by: Sequence[str], size: int = ON_A_PAGE) -> Page:
    """The next rows after that place, ordered by those columns, the last of which is unique.

    A column may be one of a row that this one belongs to (`recording__created_at`), fetched with
    it. Raises NotOurs for a place made up, or given out for another list.
    """
    salt = f"paging.{rows.model.__name__}"
    rows = rows.order_by(*by)
    if place:
        rows = rows.filter(_behind(by, _read(place, salt, len(by))))
    found = list(rows[: size + 1])
    more = len(found) > size
    found = found[:size]
    after = signing.dumps(_place_of(found[-1], by), salt=salt) if more else ""
    return Page(found, after, is_first=not place)


def _behind(by: Sequence[str], place: Sequence[Any]) -> Q:
    """Whatever comes after that place: equal in the first columns, and behind in the next one."""
    behind, equal = Q(), Q()
    for column, value in zip(by, place, strict=True):
        name, less = column.removeprefix("-"), column.startswith("-")
        behind |= equal & Q(**{f"{name}__{'lt' if less else 'gt'}": value})
        equal &= Q(**{name: value})
    first, value = by[0], place[0]
    # Said once more of the first column alone, so that an index leads there.
    return behind & Q(**{f"{first.lstrip('-')}__{'lte' if first[0] == '-' else 'gte'}": value})


def _place_of(row: Any, by: Sequence[str]) -> list[Any]:
    values = [reduce(getattr, column.removeprefix("-").split(LOOKUP_SEP), row) for column in by]
    return [each.isoformat() if isinstance(each, datetime) else each for each in values]


def filters_of(request: HttpRequest) -> str:
    """The filters of this address, as the pager's links carry them."""
    given = request.GET.copy()
    given.pop("after", None)
    return given.urlencode()


def _read(place: str, salt: str, length: int) -> list[Any]:
    try:
        said = signing.loads(place, salt=salt)
        found = [parse_datetime(each) if isinstance(each, str) else each for each in said]
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotOurs("This address was changed on its way.") from error
    if len(found) != length or None in found:
        raise NotOurs("This address was changed on its way.")
    return found
