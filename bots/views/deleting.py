"""Deleting a recording, all of a bot's, or the bot itself: asked with all that goes, then done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bots import deletions, removal, tasks
from bots.models import Bot, Erasure, Membership, Recording
from bots.rights import Right
from bots.views import file_rows
from bots.views.access import find_bot, find_membership, find_recording, find_with
from bots.views.posted import token
from bots.views.shell import ask, say, wants_partial

What = Erasure.What


class DeleteForm(forms.Form):
    """What shall go, and the tick that says it was read."""

    what = forms.ChoiceField(choices=What.choices, widget=forms.RadioSelect)
    here = forms.BooleanField(required=False)
    understood = forms.BooleanField(
        error_messages={"required": "Tick this to delete: nothing can be brought back."}
    )

    def __init__(self, *args: Any, whats: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [(what, What(what).label) for what in whats]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Choice:
    """One extent of what can be deleted, and what that takes with it."""

    what: str
    label: str
    at_recall: list[str]
    here: list[str]
    why_not: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """A deletion for its page: under way, done, or what came in between."""

    erasure: Erasure
    gone: list[str]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def recording(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Delete one recording, or all of its bot's."""
    membership = find_membership(request, slug)
    found = find_recording(membership, pk)
    bot = find_bot(membership, found.bot_id)
    _may_delete(membership, bot)
    whats: list[str] = [What.RECORDING]
    if bot.recordings.count() > 1:
        whats.append(What.MEDIA)
    return _page(request, membership, bot, found, whats)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def recordings(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Delete all that a bot has recorded."""
    membership = find_membership(request, slug)
    bot = find_bot(membership, pk)
    _may_delete(membership, bot)
    return _page(request, membership, bot, None, [What.MEDIA])


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def bot(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Delete a bot with everything, at Recall and here."""
    membership = find_with(request, slug, Right.ERASE)
    return _page(request, membership, find_bot(membership, pk), None, [What.BOT])


def deleting_shown(membership: Membership, bot: Bot, recording: Recording) -> dict[str, Any]:
    """What the page of a recording tells of its deletion, and whether it offers one."""
    receipt = receipt_of(bot, recording)
    return {
        "may_delete": membership.leads(bot.team),
        "deletion": receipt,
        "is_deleting": receipt is not None and receipt.erasure.is_open,
    }


def receipt_of(bot: Bot, recording: Recording | None) -> Receipt | None:
    """The newest deletion that this recording was part of; of a bot, of all its recordings."""
    rows = bot.erasures.select_related("order", "by").order_by("-pk")
    for erasure in rows:
        if erasure.recording_id in (None, recording.pk if recording else None):
            return Receipt(erasure, removal.in_words(erasure.counts))
    return None


def _may_delete(membership: Membership, bot: Bot) -> None:
    if not membership.leads(bot.team):
        raise PermissionDenied("Only leads of its team, admins and owners delete recordings.")


def _page(
    request: HttpRequest,
    membership: Membership,
    bot: Bot,
    recording: Recording | None,
    whats: list[str],
) -> HttpResponse:
    now = timezone.now()
    if request.method != "POST":
        form = DeleteForm(initial={"what": whats[0], "here": True}, whats=whats)
        return _ask(request, membership, bot, recording, whats, form=form, now=now)
    form = DeleteForm(request.POST, whats=whats)
    if not form.is_valid():
        return _ask(request, membership, bot, recording, whats, form=form, now=now, status=422)
    given = form.cleaned_data
    what = given["what"]
    try:
        receipt = deletions.ask(
            bot,
            recording if what == What.RECORDING else None,
            what,
            here=given["here"],
            by=membership.user,
            token=token(request),
            now=now,
        )
    except deletions.NotNow as reason:
        form.add_error(None, str(reason))
        return _ask(request, membership, bot, recording, whats, form=form, now=now, status=409)
    if receipt.order is not None:
        tasks.wake_order(receipt.order)
    gone = what == What.BOT
    if gone:
        say(
            request,
            "The bot is deleted, with everything."
            if receipt.done_at
            else "The bot goes as soon as Recall has deleted what it recorded.",
        )
    slug = membership.workspace.slug
    if gone:
        target = reverse("bots", args=[slug])
    elif recording is not None:
        target = reverse("recording", args=[slug, recording.pk])
    else:
        target = reverse("bot", args=[slug, bot.pk])
    if not wants_partial(request):
        return redirect(target)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response


def _ask(
    request: HttpRequest,
    membership: Membership,
    bot: Bot,
    recording: Recording | None,
    whats: list[str],
    *,
    form: DeleteForm,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    choices = [_choice(bot, recording, what, now) for what in whats]
    context = {
        "membership": membership,
        "bot": bot,
        "recording": recording,
        "choices": choices,
        "chosen": form["what"].value() or whats[0],
        "is_possible": any(not choice.why_not for choice in choices),
        "form": form,
        "is_whole": whats == [What.BOT],
        "token": token(request),
    }
    return ask(request, "delete.html", context, status=status)


def _choice(bot: Bot, recording: Recording | None, what: str, now: datetime) -> Choice:
    one = recording if what == What.RECORDING else None
    meant = deletions.meant(bot, one)
    files = removal.count_at_recall(meant)
    return Choice(
        what=what,
        label={
            What.RECORDING: "This recording",
            What.MEDIA: "All recordings of this bot",
            What.BOT: "The bot and everything of it",
        }[What(what)],
        at_recall=[
            file_rows.label_of(kind) if n == 1 else f"{n} × {file_rows.label_of(kind)}"
            for kind, n in files.items()
        ],
        here=[f"{n} {words}" for n, words in removal.count(meant)],
        why_not=deletions.reason_against(bot, one, what, now=now),
    )
