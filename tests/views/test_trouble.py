"""What people read when something broke: a page of ours, and nothing of the inside."""

import pytest
from django.db import InterfaceError, OperationalError

pytestmark = pytest.mark.django_db
INSIDE = "a word of the inside"


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (RuntimeError, 500, "Something broke on our side"),
        (OperationalError, 503, "The database is away for a moment"),
        (InterfaceError, 503, "The database is away for a moment"),
    ],
)
def test_it_is_said_in_words_of_ours(client, alice, monkeypatch, error, status, said, htmx):
    def fail(*args, **more):
        raise error(INSIDE)

    client.force_login(alice)
    client.raise_request_exception = False
    monkeypatch.setattr("bots.views.bots.find_membership", fail)
    answer = client.get("/w/acme/", headers={"HX-Request": "true"} if htmx else {})
    assert answer.status_code == status
    html = answer.content.decode()
    assert said in html
    assert INSIDE not in html
    assert "Traceback" not in html
    assert ("Retry-After" in answer) == (status == 503)
