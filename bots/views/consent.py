"""The question for consent: an operator vouches for those in the call; the record, taken along."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from bots import actions, agreement, consents, csv_cells, tasks
from bots.models import AuditEvent, Consent, Verb
from bots.views.access import find_bot, find_bot_to_steer, find_membership, find_operator
from bots.views.bot import answer


@require_POST
def confirm(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Keep that this person says that all agree, and record."""
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    try:
        order = consents.confirm(bot, by=membership.user, now=timezone.now())
    except actions.NotNow as why_not:
        return answer(request, bot, membership, message=str(why_not))
    if order is not None:
        tasks.wake_order(order)
    return answer(request, bot, membership)


@require_GET
def record(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Who agreed, when and by which message, as CSV."""
    membership = find_membership(request, slug)
    bot = find_bot(membership, pk)
    consent = Consent.objects.filter(bot=bot).first()
    if consent is None:
        raise Http404(consents.NOT_ASKED)
    AuditEvent.objects.record(
        membership.workspace,
        Verb.CONSENT_EXPORTED,
        by=membership.user,
        now=timezone.now(),
        target=bot,
    )
    lines = "".join(map(csv_cells.line, agreement.record(consent)))
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="consent-{bot.pk}.csv"'
    return response
