"""A person's data: what is kept of them, taken along, and erased."""

import json
import uuid
from collections.abc import Iterable

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bots import deletions, erasing_people, persons, tasks
from bots.models import AuditEvent, Bot, Erasure, Membership, Order, Verb
from bots.rights import Right
from bots.views.access import find_person_erasure, find_with
from bots.views.posted import numbers, token
from bots.views.shell import say, show

# So many recordings are told to be deleted by one press; the page offers the rest again.
MOST_AT_ONCE = 200


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Name or e-mail address",
        min_length=persons.SHORTEST,
        max_length=200,
        strip=True,
        error_messages={"min_length": "Two letters at least."},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class EraseForm(forms.Form):
    """What becomes of their words, how far it goes, and the tick that says it was read."""

    words = forms.ChoiceField(choices=[("remove", "Remove"), ("keep", "Keep")], initial="remove")
    in_texts = forms.BooleanField(required=False)
    everywhere = forms.BooleanField(required=False)
    understood = forms.BooleanField(
        error_messages={"required": "Tick this to erase: nothing can be brought back."}
    )


@require_GET
@never_cache
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """The search, and what it found."""
    membership = find_with(request, slug, Right.ERASE)
    form = SearchForm(request.GET if "q" in request.GET else None)
    found = None
    if form.is_bound and form.is_valid():
        found = persons.search(membership.workspace, form.cleaned_data["q"])
        _note(membership, Verb.PERSON_LOOKED_UP)
    jobs = membership.workspace.person_erasures.select_related("by").order_by("-pk")[:10]
    context = {
        "membership": membership,
        "form": form,
        "found": found,
        "wanted": form.cleaned_data.get("q", "") if form.is_bound and form.is_valid() else "",
        "jobs": jobs,
    }
    return render(request, "persons.html", context)


@require_POST
@never_cache
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """What erasing these takes away, asked once more; confirmed, the deed."""
    membership = find_with(request, slug, Right.ERASE)
    called = _called(request)
    if not called:
        say(request, "Choose first who this person is.", bad=True)
        return redirect("persons", slug)
    left_out = _left_out(request, membership)
    confirmed = "confirmed" in request.POST
    form = EraseForm(request.POST if confirmed else None)
    if confirmed and form.is_valid():
        given = form.cleaned_data
        job = erasing_people.begin(
            membership.workspace,
            called,
            left_out=left_out,
            in_texts=given["in_texts"],
            keeps_words=given["words"] == "keep",
            is_everywhere=given["everywhere"],
            by=membership.user,
            token=token(request),
            now=timezone.now(),
        )
        tasks.wake_person_erasure(job)
        return redirect("persons_one", slug, job.pk)
    bots = persons.known_as(membership.workspace, called, left_out)
    context = {
        "membership": membership,
        "called": called,
        "keys": request.POST.getlist("who"),
        "left_out": left_out,
        "bots": bots,
        "recordings": persons.recordings_of(membership.workspace, [bot.pk for bot in bots]),
        "one_word": [each for each in called if len(each.split()) == 1 and "@" not in each],
        "form": form,
        "token": token(request),
    }
    return render(request, "person_ask.html", context, status=422 if confirmed else 200)


@require_POST
@never_cache
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """All that is known of them as a file; that it was taken is noted, without the name."""
    membership = find_with(request, slug, Right.ERASE)
    called = _called(request)
    if not called:
        say(request, "Choose first who this person is.", bad=True)
        return redirect("persons", slug)
    told = persons.exported(membership.workspace, called, _left_out(request, membership))
    _note(membership, Verb.PERSON_EXPORTED, meetings=len(told["meetings"]))
    response = HttpResponse(
        json.dumps(told, ensure_ascii=False, indent=2), content_type="application/json"
    )
    response["Content-Disposition"] = 'attachment; filename="person.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def one(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """How far an erasing has come, and the recordings in which they are still heard at Recall.

    A post has Recall delete those, and what is kept of them here.
    """
    membership = find_with(request, slug, Right.ERASE)
    job = find_person_erasure(membership, pk)
    recordings = persons.recordings_of(membership.workspace, job.meetings)
    if request.method == "POST":
        bots = {recording.bot_id: recording.bot for recording in recordings}
        told, left = _delete(membership, list(bots.values())[:MOST_AT_ONCE])
        say(request, f"{told} meetings are being deleted at Recall and here.")
        for sentence in sorted(set(left))[:3]:
            say(request, sentence, bad=True)
        return redirect("persons_one", slug, job.pk)
    done, total = erasing_people.progress(job)
    under_way = set(
        Erasure.objects.filter(
            bot__in=job.meetings, done_at=None, order__state__in=Order.OPEN
        ).values_list("bot", flat=True)
    )
    context = {
        "membership": membership,
        "job": job,
        "done": done,
        "total": total,
        "changed": erasing_people.in_words(job),
        "meetings": len(job.meetings),
        "recordings": [(each, each.bot_id in under_way) for each in recordings],
        "is_going": job.finished_at is None or bool(under_way),
    }
    return show(request, "person.html", "person", context)


def _delete(membership: Membership, bots: Iterable[Bot]) -> tuple[int, list[str]]:
    """Have all that these bots recorded deleted: how many were told, and why others were not.

    Orders to many go out with the next sweep, after single ones.
    """
    told, left = 0, []
    for bot in bots:
        try:
            deletions.ask(
                bot,
                None,
                Erasure.What.MEDIA,
                here=True,
                by=membership.user,
                token=str(uuid.uuid4()),
                now=timezone.now(),
                bulk=True,
            )
        except deletions.NotNow as reason:
            left.append(f"{bot}: {reason}")
            continue
        told += 1
    return told, left


def _note(membership: Membership, verb: str, **detail: int) -> None:
    AuditEvent.objects.record(
        membership.workspace, verb, by=membership.user, now=timezone.now(), detail=detail
    )


def _called(request: HttpRequest) -> list[str]:
    """The names and addresses that were ticked."""
    said = [each for key in request.POST.getlist("who") for each in persons.read_key(key)]
    return list(dict.fromkeys(each.strip()[:300] for each in said))[:100]


def _left_out(request: HttpRequest, membership: Membership) -> list[int]:
    """The meetings that were ticked as somebody else's, and those of namesakes not ticked."""
    unticked = persons.namesakes(membership.workspace, request.POST.getlist("who"))
    return sorted(numbers(request.POST.getlist("left_out")) | unticked)
