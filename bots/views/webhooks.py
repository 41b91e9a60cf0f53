"""Recall's door: `POST /webhooks/recall/<token>/`."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bots import inbox, tasks
from bots.models import Workspace
from bots.recall.webhooks import NotFromRecall

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
        body = _body(request)
        # PostgreSQL takes no NUL, not even to say that it knows no such token.
        known = Workspace.objects.none() if "\0" in token else Workspace.objects
        workspace = known.filter(webhook_token=token).first()
        if workspace is None:
            return _say(404, "No workspace listens here.")
        delivery = inbox.receive(workspace, request.headers, body, now=timezone.now())
    except RequestDataTooBig:
        return _say(413, "This is larger than any webhook.")
    except UnreadablePostError:
        return _say(400, "The request is not whole.")
    except NotFromRecall as refusal:
        return _say(401, refusal.sentence)
    except inbox.CannotVerify:
        return _later("A webhook secret cannot be read just now.")
    except DatabaseError:
        return _later("Cannot keep this just now.")
    tasks.wake_delivery(delivery)
    return HttpResponse(status=204)


def _body(request: HttpRequest) -> bytes:
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise UnreadablePostError("Content-Length is not a number") from error
    if announced > MOST_BYTES:
        raise RequestDataTooBig
    body = request.body
    if len(body) > MOST_BYTES:
        raise RequestDataTooBig
    return body


def _later(sentence: str) -> HttpResponse:
    response = _say(503, sentence)
    response["Retry-After"] = "5"
    return response


def _say(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
