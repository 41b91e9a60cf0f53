"""Recall's door while a meeting runs: `POST /realtime/recall/<token>/`."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bots import realtime, signatures
from bots.recall.webhooks import NotFromRecall, Unreadable
from bots.views.knocks import body_of, later, say

MOST_BYTES = 2**18


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Keep what it tells, and answer: until then Recall sends nothing else of this meeting.

    204 understood (or of no use to us), 400 not whole or no event, 401 badly signed, 404 no such
    address, 413 too large, 503 the database or the key of the secrets is away: it is sent again.
    """
    try:
        body = body_of(request, most_bytes=MOST_BYTES)
        realtime.receive(token, request.headers, body, now=timezone.now())
    except realtime.NoSuchAddress:
        return say(404, "No bot listens here.")
    except RequestDataTooBig:
        return say(413, "This is larger than anything that is told while a meeting runs.")
    except UnreadablePostError:
        return say(400, "The request is not whole.")
    except Unreadable as error:
        return say(400, error.sentence)
    except NotFromRecall as refusal:
        return say(401, refusal.sentence)
    except signatures.CannotVerify:
        return later("A webhook secret cannot be read just now.")
    except DatabaseError:
        return later("Cannot keep this just now.")
    return HttpResponse(status=204)
