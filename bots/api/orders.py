"""Orders by the API: what came of them."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from bots.api import states
from bots.api.auth import Bearer, caller, find_order
from bots.api.shapes import OrderShape, also
from bots.models import Scope

router = Router(tags=["Orders"])
# Whoever may give an order may see what became of it.
EITHER = Bearer(Scope.READ, Scope.STEER)


@router.get(
    "/orders/{int:order_id}/", auth=EITHER, response=also(200, OrderShape), url_name="api_order"
)
def read_order(request: HttpRequest, order_id: int) -> OrderShape:
    """Whether Recall took it, and whether it has shown that it was done."""
    order = find_order(caller(request), order_id)
    return states.of_order(order, now=timezone.now())
