"""Searching the workspace: what was said in every meeting, and meetings by their title."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bots import said
from bots.search_forms import SearchForm
from bots.views import paging
from bots.views.access import find_membership
from bots.views.shell import show

ON_A_PAGE = 30
MOST_BOTS = 5
# The newest meeting first, and what was said in it in its order.
ORDER = (
    "-transcript__recording__created_at",
    "-transcript__recording__pk",
    "n",
)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The lines in which the words stand, each a link to its moment; htmx gets them alone."""
    membership = find_membership(request, slug)
    filters = SearchForm(request.GET, teams=membership.seen_teams)
    asked = said.terms(filters.given.get("q", ""))
    rows = filters.narrow(said.passages(membership, asked)).select_related(
        "transcript__recording__bot__team"
    )
    try:
        found = paging.turn(rows, request.GET.get("after", ""), by=ORDER, size=ON_A_PAGE)
    except paging.NotOurs as refusal:
        return render(request, "400.html", {"reason": str(refusal)}, status=400)
    by_title = found.is_first and not filters.is_narrowed
    context: dict[str, Any] = {
        "membership": membership,
        "filters": filters,
        "asked": asked,
        "page": found,
        "hits": [
            {
                "passage": passage,
                "recording": passage.transcript.recording,
                "marks": said.marked(passage.text, asked),
            }
            for passage in found.rows
        ],
        "bots": said.bots(membership, asked, most=MOST_BOTS) if by_title else [],
        "teams_matter": len(membership.seen_teams) > 1,
        "query": paging.filters_of(request),
    }
    return show(request, "search.html", "found", context)
