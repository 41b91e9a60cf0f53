"""Recall's door in Django: `POST /webhooks/recall/<token>/`, as any WSGI server would run it.

The server of ours has a door of its own before this one, with the same answers.
"""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bots import intake, tasks
from bots.views.knocks import body_of, later, say

MOST_BYTES = 2**20


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Verify, keep, observe, answer; thinking comes afterwards. Never a redirect.

    204 kept (or kept already), 400 not whole, 401 not signed by Recall, 404 no such address,
    413 too large, 503 the database or the key of the secrets is away: Recall sends it again.
    """
    try:
        body = body_of(request, most_bytes=MOST_BYTES)
    except RequestDataTooBig:
        return say(413, "This is larger than any webhook.")
    except UnreadablePostError:
        return say(400, "The request is not whole.")
    knock = intake.Knock(token, request.headers, body)
    [answer] = intake.take([knock], now=timezone.now())
    if answer.status == 503:
        return later(answer.sentence)
    if answer.status != 204:
        return say(answer.status, answer.sentence)
    if answer.delivery is not None:
        tasks.wake_delivery(answer.delivery)
    return HttpResponse(status=204)
