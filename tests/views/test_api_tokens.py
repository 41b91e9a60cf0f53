"""Settings, API: tokens made, shown once, listed and revoked by those who may."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from bots import api_tokens
from bots.models import ApiToken, AuditEvent, Role, Scope
from tests.world import NOW, make_workspace

pytestmark = pytest.mark.django_db
PAGE = "/w/acme/api/"
FORM = {"name": "CRM sync", "days": "30", "scopes": ["read", "steer"]}


def text(answer):
    return answer.content.decode()


def shown(answer):
    return re.findall(r'value="(rd_[\w-]{43})"', text(answer))


@pytest.fixture
def token(alice):
    made, _ = api_tokens.make(
        alice.memberships.get(), name="CRM sync", scopes=[Scope.READ], teams=None, expires_at=None,
        now=timezone.now(),
    )  # fmt: skip
    return made


def test_a_token_is_made_and_shown_once(as_alice):
    answer = as_alice.post(PAGE, FORM)
    [token] = shown(answer)
    found = ApiToken.objects.by_token(token)
    assert (found.name, found.scopes, found.all_teams) == ("CRM sync", ["read", "steer"], True)
    assert found.by.username == "alice"
    assert "no-store" in answer["Cache-Control"]
    again = as_alice.get(PAGE)
    assert shown(again) == []
    assert token not in text(again)
    assert f"{token[:9]}…" in text(again)


def test_it_counts_as_long_as_was_said(as_alice):
    with time_machine.travel(NOW, tick=False):
        as_alice.post(PAGE, FORM)
        as_alice.post(PAGE, FORM | {"name": "For ever", "days": ""})
    assert ApiToken.objects.get(name="CRM sync").expires_at == NOW + timedelta(days=30)
    assert ApiToken.objects.get(name="For ever").expires_at is None


def test_it_is_for_the_teams_that_are_ticked(as_alice, workspace):
    research = workspace.teams.create(name="Research")
    as_alice.post(PAGE, FORM | {"teams": [research.pk]})
    made = ApiToken.objects.get()
    assert (made.all_teams, list(made.teams.all())) == (False, [research])
    assert "Read and steer; Research" in text(as_alice.get(PAGE))


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"name": "  "}, "Say what the token is for"),
        ({"name": "CRM\u202esync"}, "characters in it that nobody can see"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"scopes": []}, "Choose what it may do."),
        ({"scopes": ["read", "own"]}, "own is not one of the available choices"),
        ({"days": "4000"}, "4000 is not one of the available choices"),
        ({"teams": ["999"]}, "One of these teams is not there any more."),
    ],
)
def test_what_makes_no_sense_is_told_and_makes_none(as_alice, over, sentence):
    answer = as_alice.post(PAGE, FORM | over)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not ApiToken.objects.exists()


def test_a_team_of_others_is_no_team(as_alice):
    theirs = make_workspace("globex").default_team
    assert as_alice.post(PAGE, FORM | {"teams": [theirs.pk]}).status_code == 422


def test_two_tokens_have_two_names(as_alice, token):
    answer = as_alice.post(PAGE, FORM)
    assert answer.status_code == 422
    assert "There is a token “CRM sync” already." in text(answer)


def test_the_name_of_one_that_is_over_is_free(as_alice, alice, token):
    api_tokens.revoke(alice.memberships.get(), token, now=timezone.now())
    assert shown(as_alice.post(PAGE, FORM))
    ApiToken.objects.filter(revoked_at=None).update(expires_at=NOW)
    assert shown(as_alice.post(PAGE, FORM))
    assert ApiToken.objects.filter(revoked_at=None).count() == 1


def test_there_are_no_more_than_so_many(as_alice, workspace, monkeypatch):
    monkeypatch.setattr(api_tokens, "MOST", 2)
    for name in ("One", "Two"):
        assert shown(as_alice.post(PAGE, FORM | {"name": name}))
    answer = as_alice.post(PAGE, FORM | {"name": "Three"})
    assert answer.status_code == 422
    assert "There are 2 tokens already." in text(answer)


def test_revoking_is_asked_first_and_then_done(as_alice, token):
    address = f"{PAGE}{token.pk}/revoke/"
    assert "Revoke “CRM sync”?" in text(as_alice.get(address))
    token.refresh_from_db()
    assert token.revoked_at is None
    answer = as_alice.post(address)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    token.refresh_from_db()
    assert (token.revoked_at is not None, token.revoked_by.username) == (True, "alice")
    page = text(as_alice.get(PAGE))
    assert "“CRM sync” works no more." in page
    assert "There is none: no program gets in." in page
    assert "1 that opens nothing any more" in page


def test_revoking_twice_is_revoking_once(as_alice, token):
    for _ in range(2):
        assert as_alice.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    assert AuditEvent.objects.filter(verb="token.revoked").count() == 1
    assert "It is revoked already." in text(as_alice.get(f"{PAGE}{token.pk}/revoke/"))


def test_both_stand_in_the_audit_log_without_the_token(as_alice):
    [token] = shown(as_alice.post(PAGE, FORM))
    as_alice.post(f"{PAGE}{ApiToken.objects.get().pk}/revoke/")
    made, revoked = AuditEvent.objects.order_by("pk")
    assert (made.verb, revoked.verb) == ("token.made", "token.revoked")
    assert made.what == f"“CRM sync” ({token[:9]}…)"
    page = text(as_alice.get("/w/acme/audit/"))
    assert "made the API token" in page
    assert "revoked the API token" in page
    assert "may read, steer" in page
    assert token not in page


@pytest.mark.parametrize("role", [Role.LEAD, Role.OPERATOR, Role.VIEWER])
def test_others_neither_see_nor_make_nor_revoke(client, member, workspace, token, role):
    client.force_login(member("other", role, workspace))
    for answer in (client.get(PAGE), client.post(PAGE, FORM | {"name": "Mine"}),
                   client.post(f"{PAGE}{token.pk}/revoke/")):  # fmt: skip
        assert answer.status_code == 403
        assert "Only owners and admins make and revoke tokens of the API." in text(answer)
    assert ApiToken.objects.filter(revoked_at=None).count() == 1
    assert f'href="{PAGE}"' not in text(client.get("/w/acme/settings/"))


def test_admins_do(client, member, workspace):
    client.force_login(member("ann", Role.ADMIN, workspace))
    assert f'href="{PAGE}"' in text(client.get("/w/acme/settings/"))
    assert shown(client.post(PAGE, FORM))


def test_whoever_was_lowered_meanwhile_makes_none(alice):
    membership = alice.memberships.get()
    membership.role = Role.LEAD
    with pytest.raises(api_tokens.NotAllowed):
        api_tokens.make(
            membership, name="x", scopes=[Scope.READ], teams=None, expires_at=None, now=NOW
        )


def test_a_token_whose_maker_has_left_says_so(as_alice, member, workspace):
    ann = member("ann", Role.ADMIN, workspace)
    api_tokens.make(
        ann.memberships.get(), name="Hers", scopes=[Scope.READ], teams=None, expires_at=None,
        now=timezone.now(),
    )  # fmt: skip
    assert "Its maker has left" not in text(as_alice.get(PAGE))
    removing = text(as_alice.get(f"/w/acme/members/{ann.memberships.get().pk}/remove/"))
    assert "1 API token that they made works on." in removing
    ann.memberships.get().delete()
    assert "Its maker has left" in text(as_alice.get(PAGE))


def test_a_token_that_has_run_out_opens_nothing_any_more(as_alice, token):
    ApiToken.objects.update(expires_at=timezone.now() - timedelta(days=1))
    page = text(as_alice.get(PAGE))
    assert '<span class="badge">Expired</span>' in page
    assert "1 that opens nothing any more" in page


def test_tokens_of_another_workspace_are_not_among_them(as_alice):
    ApiToken.objects.make(make_workspace("globex"), name="Theirs", created_at=NOW)
    assert "Theirs" not in text(as_alice.get(PAGE))
