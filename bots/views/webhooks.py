"""Recall's door: `POST /webhooks/recall/<token>/`."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bots import inbox, signatures, tasks
from bots.models import Workspace
from bots.recall.webhooks import NotFromRecall
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
        # PostgreSQL takes no NUL, not even to say that it knows no such token.
        known = Workspace.objects.none() if "\0" in token else Workspace.objects
        workspace = known.filter(webhook_token=token).first()
        if workspace is None:
            return say(404, "No workspace listens here.")
        delivery = inbox.receive(workspace, request.headers, body, now=timezone.now())
    except RequestDataTooBig:
        return say(413, "This is larger than any webhook.")
    except UnreadablePostError:
        return say(400, "The request is not whole.")
    except NotFromRecall as refusal:
        return say(401, refusal.sentence)
    except signatures.CannotVerify:
        return later("A webhook secret cannot be read just now.")
    except DatabaseError:
        return later("Cannot keep this just now.")
    tasks.wake_delivery(delivery)
    return HttpResponse(status=204)
