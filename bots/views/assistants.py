"""Assistants: the list, one of them, its settings; sent into meetings, silenced, let speak."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bots import actions, assistants, responders, tasks
from bots.assistant_forms import AssistantForm, InitiateForm
from bots.dialogue.terms import Said
from bots.models import Assistant, AssistantSession, Bot, Membership, Team
from bots.recall import meeting_urls
from bots.rights import Right
from bots.views.access import (
    find_assistant,
    find_bot_to_steer,
    find_membership,
    find_operator,
    find_with,
)
from bots.views.bot import answer
from bots.views.shell import say, show

SESSIONS = 30
HELLO = "Say in one short sentence that you are ready."


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """All that are in use."""
    membership = find_membership(request, slug)
    rows = list(membership.workspace.assistants.active())
    context = {
        "membership": membership,
        "rows": [(row, assistants.lacks(row)) for row in rows],
        "may_change": membership.may(Right.ASSIST),
    }
    return render(request, "assistants.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """A new one."""
    membership = find_with(request, slug, Right.ASSIST)
    return _edit(request, membership, Assistant(workspace=membership.workspace))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The settings of one."""
    membership = find_with(request, slug, Right.ASSIST)
    return _edit(request, membership, find_assistant(membership, pk))


def _edit(request: HttpRequest, membership: Membership, row: Assistant) -> HttpResponse:
    form = AssistantForm(request.POST or None, row=row)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                made = assistants.save(form.apply(), by=membership.user, now=timezone.now())
            except assistants.NotInitiated as why_not:
                form.add_error(None, str(why_not))
            else:
                say(request, f"{made} is saved.")
                return redirect("assistants_one", membership.workspace.slug, made.pk)
        status = 422
    context = {"membership": membership, "assistant": row, "form": form}
    return render(request, "assistant_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One assistant with its meetings; a post sends it into another."""
    membership = find_membership(request, slug)
    row = find_assistant(membership, pk)
    teams = _teams(membership)
    form = InitiateForm(request.POST or None, assistant=row, teams=teams)
    if request.method != "POST":
        return _one(request, membership, row, form)
    find_operator(request, slug)
    if form.is_valid():
        given = form.cleaned_data
        try:
            session = assistants.initiate(
                row,
                form.for_team,
                meeting_url=given["meeting_url"],
                text=given["text"],
                bot_name=given["bot_name"],
                by=membership.user,
                token=str(given["token"]),
                now=timezone.now(),
            )
        except meeting_urls.NotALink as why_not:
            form.add_error("meeting_url", str(why_not))
        except (assistants.NotInitiated, actions.NotNow) as why_not:
            form.add_error(None, str(why_not))
        else:
            for order in session.bot.orders.filter(action="send"):
                tasks.wake_order(order)
            return redirect("bot", slug, session.bot_id)
    return _one(request, membership, row, form, status=422)


def _one(
    request: HttpRequest,
    membership: Membership,
    row: Assistant,
    form: InitiateForm,
    *,
    status: int = 200,
) -> HttpResponse:
    seen = Bot.objects.seen_by(membership)
    sessions = row.sessions.filter(bot__in=seen).select_related("bot").order_by("-opened_at")
    context: dict[str, Any] = {
        "membership": membership,
        "assistant": row,
        "form": form,
        "lacks": assistants.lacks(row),
        "sessions": sessions[:SESSIONS],
        "may_change": membership.may(Right.ASSIST),
        "may_send": membership.may_operate and bool(form.teams),
    }
    return show(request, "assistant.html", "one", context, status=status)


@require_POST
def try_it(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask its responder for one sentence, and say what came."""
    membership = find_with(request, slug, Right.ASSIST)
    row = find_assistant(membership, pk)
    said = [Said("system", row.instruction or "You are a helpful assistant."), Said("user", HELLO)]
    try:
        reply = responders.responder(row.settings).respond(said, most_tokens=60)
    except responders.Failed as why:
        say(request, f"{row} does not answer. {why}", bad=True)
    else:
        say(request, f"{row} answers: “{reply.text[:200]}”")
    return redirect("assistants_one", slug, pk)


@require_POST
def remove(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take it out of use."""
    membership = find_with(request, slug, Right.ASSIST)
    row = find_assistant(membership, pk)
    assistants.remove(row, by=membership.user, now=timezone.now())
    say(request, f"{row} is removed, and its key with it.")
    return redirect("assistants", slug)


@require_POST
def silence(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Have the assistant of a bot say nothing more."""
    return _switch(request, slug, pk, assistants.silence)


@require_POST
def let_speak(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Have it answer again."""
    return _switch(request, slug, pk, assistants.let_speak)


def _switch(request: HttpRequest, slug: str, pk: int, deed: Any) -> HttpResponse:
    membership = find_operator(request, slug)
    bot = find_bot_to_steer(membership, pk)
    session = AssistantSession.objects.filter(bot=bot).first()
    if session is not None:
        deed(session, by=membership.user, now=timezone.now())
    return answer(request, bot, membership)


def _teams(membership: Membership) -> list[Team]:
    """Those that this person may send for."""
    acting = [each for each in membership.seen_teams if membership.belongs(each.pk)]
    return [each for each in acting if each.archived_at is None]
