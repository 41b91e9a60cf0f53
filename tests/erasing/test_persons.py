"""A person is found, taken along, and erased by the pages."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from bots import erasing_people, persons
from bots.models import (
    Bot,
    Delivery,
    Passage,
    PersonErasure,
    Verb,
)
from tests.erasing.conftest import (
    JANE,
    MAIL,
    filled,
)
from tests.views.conftest import browser_of
from tests.world import NOW, make_bot

pytestmark = pytest.mark.django_db


def test_it_finds_where_she_is(workspace, everywhere, alice):
    found = persons.search(workspace, "zebulona")

    [who] = found.people
    assert (who.name, who.email, [str(b) for b in who.meetings]) == (
        JANE, MAIL, [f"Talk with {JANE}"],
    )  # fmt: skip
    assert (who.passages, who.messages) == (1, 1)
    assert (found.mentions.passages, found.mentions.messages) == (1, 1)
    assert found.lists == ["the shared list", "the list of Sales"]
    assert [each.email for each in found.invitations] == [MAIL]
    assert (len(found.titles), found.deliveries > 0, found.log > 0) == (1, True, True)
    assert [m.user for m in persons.search(workspace, "alice").members] == [alice]
    assert persons.search(workspace, "nobody at all").is_nothing


def test_it_is_taken_along(workspace, everywhere, alice):
    answer = browser_of(alice).post(
        reverse("persons_export", args=["acme"]), {"who": [f"{JANE}\t{MAIL}"]}
    )

    told = json.loads(answer.content)
    [meeting] = told["meetings"]
    assert meeting["participants"][0]["email"] == MAIL
    assert [each["text"] for each in meeting["said"]] == ["My own secret words"]
    assert {each["action"] for each in meeting["did"]} == {"join", "chat_message"}
    assert workspace.audit_events.filter(verb=Verb.PERSON_EXPORTED, by=alice).exists()
    # Who was looked for is not noted.
    assert "uux" not in str(
        workspace.audit_events.filter(verb__startswith="person.").values_list("what", "detail")
    )


def test_an_admin_finds_and_erases_by_the_pages(workspace, everywhere, alice):
    browser = browser_of(alice)
    page = browser.get(reverse("persons", args=["acme"]), {"q": "Zebulona"})
    assert MAIL.encode() in page.content
    who = {"who": [f"{JANE}\t{MAIL}"]}
    asked = browser.post(reverse("persons_ask", args=["acme"]), who)
    assert b"Recall still holds 1 recording" in asked.content
    refused = browser.post(reverse("persons_ask", args=["acme"]), who | {"confirmed": "1"})
    assert refused.status_code == 422
    assert not PersonErasure.objects.exists()

    done = browser.post(
        reverse("persons_ask", args=["acme"]),
        who | {"confirmed": "1", "understood": "on", "in_texts": "on", "words": "remove"},
    )
    job = PersonErasure.objects.get()
    assert done["Location"] == reverse("persons_one", args=["acme", job.pk])
    erasing_people.work(job.pk, clock=lambda: NOW + timedelta(days=1), seconds=60)
    page = browser.get(done["Location"])
    assert f"Person {job.pk} is erased".encode() in page.content

    browser.post(done["Location"])
    assert Bot.objects.get().orders.filter(action="delete").exists()
    assert b"being deleted" in browser.get(done["Location"]).content


def test_somebody_of_her_name_is_somebody_else(workspace, bot, recording, alice):
    """Neither what is erased nor what is taken along nor what Recall deletes reaches them."""
    theirs = filled(make_bot(workspace, title="Theirs"), JANE, "another@quux.example")
    nobodys = filled(make_bot(workspace, title="Without an address"), JANE, "")
    browser = browser_of(alice)
    who = {"who": [f"{JANE}\t{MAIL}"]}

    told = browser.post(reverse("persons_export", args=["acme"]), who).content.decode()
    assert [each["bot"] for each in json.loads(told)["meetings"]] == [str(bot.recall_id)]
    assert "another@quux.example" not in told
    assert json.loads(told)["mentions"][0]["passages"] == 1

    asked = browser.post(reverse("persons_ask", args=["acme"]), who).content
    assert b"Recall still holds 1 recording " in asked
    browser.post(
        reverse("persons_ask", args=["acme"]),
        who | {"confirmed": "1", "understood": "on", "in_texts": "on", "words": "remove"},
    )
    job = PersonErasure.objects.get()
    erasing_people.work(job.pk, clock=lambda: NOW + timedelta(days=1), seconds=60)

    assert PersonErasure.objects.get().meetings == [bot.pk]
    assert not bot.participants.filter(name=JANE).exists()
    for other in (theirs.bot, nobodys.bot):
        assert other.participants.filter(name=JANE).exists()
        assert Passage.objects.filter(
            transcript__recording__bot=other, text=f"Thanks, {JANE}, fine."
        ).exists()


def test_what_is_ticked_beforehand_is_who_alone_is_called_so(workspace, bot, recording):
    [jane] = persons.search(workspace, JANE).people
    assert persons.search(workspace, JANE).only_exact == jane

    filled(make_bot(workspace), JANE, "another@quux.example")
    found = persons.search(workspace, JANE)
    assert [who.is_exact for who in found.people] == [True, True]
    assert found.only_exact is None


def test_meetings_that_are_left_out_are_not_taken_along(workspace, bot, recording, alice):
    other = filled(make_bot(workspace))
    answer = browser_of(alice).post(
        reverse("persons_export", args=["acme"]),
        {"who": [f"{JANE}\t{MAIL}"], "left_out": [other.bot_id]},
    )

    assert [each["bot"] for each in answer.json()["meetings"]] == [str(bot.recall_id)]


@pytest.mark.parametrize("wanted", ["Jürgen Ödön", "jürgen ödön", "JÜRGEN ÖDÖN", "Ödön"])
@pytest.mark.parametrize("is_ascii", [True, False])
def test_raw_deliveries_are_found_by_letters_beyond_ascii(workspace, wanted, is_ascii):
    Delivery.objects.create(
        workspace=workspace, message_id="x", received_at=NOW,
        body=json.dumps({"who": "Jürgen Ödön"}, ensure_ascii=is_ascii).encode(),
    )  # fmt: skip

    assert persons.search(workspace, wanted).deliveries == 1
