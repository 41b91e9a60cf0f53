"""New passwords: by mail, once, without telling who has an account; or by knowing the old one."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

pytestmark = pytest.mark.django_db
NEW = "correct horse battery"
BOTH = {"password1": NEW, "password2": NEW}


def link_in(message):
    return re.search(r"http://testserver(/\S+)", message.body)[1]


@pytest.fixture
def link(client, alice):
    client.post("/account/reset/", {"email": "Alice@Example.com"})
    return link_in(mail.outbox[0])


def test_a_link_comes_by_mail_and_opens_once(client, alice, link, sign_in):
    assert mail.outbox[0].to == ["alice@example.com"]
    page = client.get(link)["Location"]
    assert link.split("-", 1)[1].strip("/") not in page  # no referrer tells it
    assert client.post(page, BOTH)["Location"] == "/account/reset/done/"
    assert sign_in(client, "alice").status_code == 200
    assert sign_in(client, "alice", NEW).status_code == 302
    again = Client().get(link)
    assert "does not count any more" in again.content.decode()


def test_it_ends_within_the_hour(client, link):
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert "does not count any more" in client.get(link).content.decode()


def test_a_sign_in_ends_it(client, alice, link, sign_in):
    sign_in(Client(), "alice")
    assert "does not count any more" in client.get(link).content.decode()


def test_the_answer_is_the_same_for_everybody(client, alice, django_user_model):
    django_user_model.objects.create_user("off", "off@example.com", "x", is_active=False)
    answers = [
        client.post("/account/reset/", {"email": email}, follow=True)
        for email in ("alice@example.com", "nobody@example.com", "off@example.com")
    ]
    assert len({answer.content for answer in answers}) == 1
    # Each sends one mail, so that the time of the answer tells nothing either.
    assert [message.to for message in mail.outbox] == [
        ["alice@example.com"],
        ["nobody@example.com"],
        ["off@example.com"],
    ]
    assert "There is no account with this address" in mail.outbox[1].body
    assert not re.search(r"/account/reset/\w+-", mail.outbox[1].body + mail.outbox[2].body)


def test_a_made_up_link_opens_nothing(client, alice, link):
    uid = link.split("/")[3].split("-")[0]
    for key in ("set-password", "x", "cp3x1k-0123456789abcdef0123456789abcdef", "%00", "é"):
        text = client.get(f"/account/reset/{uid}-{key}/").content.decode()
        assert "does not count any more" in text


def test_the_link_leads_to_this_house_whatever_was_asked(client, alice, settings):
    settings.ALLOWED_HOSTS = ["*"]
    client.post("/account/reset/", {"email": "alice@example.com"}, HTTP_HOST="evil.example")
    assert "evil.example" not in mail.outbox[0].body + mail.outbox[0].subject
    assert link_in(mail.outbox[0])


def test_a_mail_that_cannot_leave_tells_nothing(client, alice, monkeypatch, caplog):
    def refuse(self, **kwargs):
        raise ConnectionRefusedError(self.body)

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    for email in ("alice@example.com", "nobody@example.com"):
        answer = client.post("/account/reset/", {"email": email})
        assert answer["Location"] == "/account/reset/sent/"
    assert "was not sent" in caplog.text
    assert "/account/reset/" not in caplog.text


def test_where_no_mail_leaves_there_is_no_such_page(client, settings):
    assert "Forgotten" in client.get("/login/").content.decode()
    settings.SENDS_MAIL = False
    assert "Forgotten" not in client.get("/login/").content.decode()
    assert client.get("/account/reset/").status_code == 404
    assert client.post("/account/reset/", {"email": "a@example.com"}).status_code == 404


def test_a_new_password_ends_every_other_session(client, alice, sign_in):
    other = Client()
    sign_in(client, "alice")
    sign_in(other, "alice")
    assert other.get("/w/acme/").status_code == 200
    wrong = client.post("/account/password/", {"oldpassword": "wrong", **BOTH})
    assert "not your password" in wrong.content.decode()
    form = {"oldpassword": "a long secret", **BOTH}
    assert client.post("/account/password/", form)["Location"] == "/account/"
    assert client.get("/w/acme/").status_code == 200
    assert other.get("/w/acme/").status_code == 302


def test_a_reset_ends_every_session(client, alice):
    inside = Client()
    inside.force_login(alice)
    assert inside.get("/w/acme/").status_code == 200
    client.post("/account/reset/", {"email": "alice@example.com"})
    client.post(client.get(link_in(mail.outbox[0]))["Location"], BOTH)
    assert inside.get("/w/acme/").status_code == 302


def test_the_old_password_is_not_guessed_with_a_stolen_session(client, alice):
    client.force_login(alice)
    codes = [
        client.post("/account/password/", {"oldpassword": f"x{n}", **BOTH}).status_code
        for n in range(6)
    ]
    assert codes == [200] * 5 + [429]


def test_whoever_signs_in_elsewhere_has_none_to_change(client, alice):
    alice.set_unusable_password()
    alice.save()
    client.force_login(alice)
    assert client.get("/account/password/")["Location"] == "/account/"
    assert "you sign in without one" in client.get("/account/").content.decode()
