"""The settings page: who may read and change it, what a wrong key says, and no key ever shown."""

import httpx
import pytest
from django.urls import reverse
from django.utils.html import escape

from bots import conf
from bots.models import AuditEvent, Role, WebhookSecret
from tests.views.conftest import browser_of
from tests.world import NOW, SECRET, make_workspace

KEY = "key-of-frankfurt-1234"
STORED = "sandbox_us-west-2_stored-before"
HOME = "eu-central-1"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
ADMINS = (Role.OWNER, Role.ADMIN)


@pytest.fixture(autouse=True)
def recall(settings, monkeypatch):
    """Frankfurt alone knows the key, and every region what was stored before."""
    settings.RECALL_BASE_URL = "https://{region}.recall.example"
    recall = {"status": 200}

    def answer(request):
        known = request.headers["Authorization"].removeprefix("Token ")
        if known == STORED or (known == KEY and request.url.host.startswith(f"{HOME}.")):
            return httpx.Response(recall["status"], json={"results": [], "next": None})
        return httpx.Response(401, json={"code": "authentication_failed"})

    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(answer))
    return recall


@pytest.fixture(autouse=True)
def with_key(workspace):
    workspace.api_key = STORED
    workspace.save()


@pytest.fixture
def settings_page(workspace):
    return reverse("settings", args=[workspace.slug])


@pytest.fixture
def secret_page(workspace):
    return reverse("secret", args=[workspace.slug])


def save(browser, settings_page, api_key=KEY, region=HOME):
    return browser.post(settings_page, {"region": region, "api_key": api_key}, follow=True)


@pytest.mark.parametrize("role", Role)
def test_it_is_read_by_all_and_changed_by_admins(
    member, workspace, settings_page, secret_page, role
):
    browser = browser_of(member("dora", role, workspace))
    may = role in ADMINS
    shown = browser.get(settings_page)
    assert shown.status_code == 200
    text = shown.content.decode()
    for for_admins in ('name="api_key"', 'name="secret"', workspace.webhook_token):
        assert (for_admins in text) is may
    assert save(browser, settings_page).status_code == (200 if may else 403)
    posted = browser.post(secret_page, {"secret": OTHER_SECRET})
    assert posted.status_code == (302 if may else 403)
    workspace.refresh_from_db()
    assert (workspace.api_key, workspace.region) == ((KEY, HOME) if may else (STORED, "us-west-2"))
    assert WebhookSecret.objects.count() == (2 if may else 1)


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_does_not_exist_for_strangers(as_charlie, settings_page, secret_page, method, workspace):
    assert getattr(as_charlie, method)(settings_page, {"region": HOME}).status_code == 404
    assert as_charlie.post(secret_page, {"secret": OTHER_SECRET}).status_code == 404
    workspace.refresh_from_db()
    assert workspace.region == "us-west-2"


def test_it_chooses_the_region_that_the_key_belongs_to(as_alice, settings_page, workspace):
    answer = save(as_alice, settings_page, region="us-east-1")
    assert "This key belongs to Europe (Frankfurt), so" in answer.content.decode()
    workspace.refresh_from_db()
    assert (workspace.api_key, workspace.region) == (KEY, HOME)


def test_it_says_when_no_region_knows_the_key(as_alice, settings_page):
    answer = save(as_alice, settings_page, api_key="some-other-key-1234")
    assert answer.context["form"].errors.keys() == {"api_key"}


def test_it_keeps_the_key_when_the_field_is_left_empty(as_alice, settings_page, workspace):
    assert "Saved." in save(as_alice, settings_page, api_key=" ").content.decode()
    workspace.refresh_from_db()
    assert (workspace.api_key, workspace.region) == (STORED, HOME)


def test_it_asks_for_a_key_where_there_is_none(as_alice, settings_page, workspace):
    workspace.api_key = ""
    workspace.save()
    assert "No key yet" in as_alice.get(settings_page).content.decode()
    assert save(as_alice, settings_page, api_key="").context["form"].errors.keys() == {"api_key"}


@pytest.mark.parametrize("key", ["two words", "ключ", "nul\0byte", "x" * 501])
def test_it_refuses_what_cannot_be_a_key(as_alice, settings_page, key):
    answer = save(as_alice, settings_page, api_key=key)
    assert answer.context["form"].errors.keys() == {"api_key"}
    assert key not in answer.content.decode()


def test_it_stores_a_key_that_could_not_be_tried_and_says_so(
    as_alice, settings_page, workspace, recall
):
    recall["status"] = 500
    text = save(as_alice, settings_page).content.decode()
    workspace.refresh_from_db()
    assert workspace.api_key == KEY
    assert "Not working" in text
    assert escape(workspace.key_problem) in text


def test_it_never_shows_a_key_or_a_secret(as_alice, settings_page, secret_page):
    answers = [
        as_alice.get(settings_page),
        save(as_alice, settings_page, region="us-east-1"),
        save(as_alice, settings_page),
        as_alice.post(secret_page, {"secret": OTHER_SECRET}, follow=True),
        as_alice.post(secret_page, {"secret": f"{OTHER_SECRET}!"}, follow=True),
    ]
    for answer in answers:
        for secret in (KEY, STORED, SECRET, OTHER_SECRET):
            assert secret not in answer.content.decode()
    assert "•••1234" in answers[-1].content.decode()


def test_it_takes_a_new_secret_and_both_for_a_day(as_alice, secret_page, workspace):
    as_alice.post(secret_page, {"secret": f" {OTHER_SECRET} "})
    retired, new = WebhookSecret.objects.order_by("pk")
    assert (new.secret, new.retires_at, retired.secret) == (OTHER_SECRET, None, SECRET)
    assert retired.retires_at is not None


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_???", "hello world", "nonsense", "whsec_ключ"]
)
def test_it_refuses_what_is_no_secret(as_alice, secret_page, secret):
    answer = as_alice.post(secret_page, {"secret": secret})
    assert (answer.status_code, WebhookSecret.objects.count()) == (400, 1)
    assert answer.context["secret_form"].errors.keys() == {"secret"}


def test_it_removes_a_secret_at_once(as_alice, secret_page, workspace):
    as_alice.post(secret_page, {"secret": OTHER_SECRET})
    retired = WebhookSecret.objects.earliest("pk")
    page = as_alice.post(secret_page, {"remove": retired.pk}, follow=True).content.decode()
    assert [row.secret for row in WebhookSecret.objects.all()] == [OTHER_SECRET]
    assert "Removed." in page
    assert retired.secret.masked not in page


def test_it_asks_before_it_removes_the_only_secret(as_alice, secret_page):
    only = {"remove": WebhookSecret.objects.get().pk}
    assert "This is the only secret" in as_alice.post(secret_page, only).content.decode()
    assert WebhookSecret.objects.count() == 1
    as_alice.post(secret_page, only | {"confirmed": "yes"})
    assert WebhookSecret.objects.count() == 0


def test_it_removes_no_secret_of_another_workspace_and_none_for_an_operator(
    as_alice, as_bob, secret_page
):
    theirs = make_workspace("rival", secret=OTHER_SECRET).secrets.get()
    as_alice.post(secret_page, {"remove": theirs.pk, "confirmed": "yes"})
    own = WebhookSecret.objects.exclude(pk=theirs.pk).get()
    assert as_bob.post(secret_page, {"remove": own.pk, "confirmed": "y"}).status_code == 403
    assert as_alice.post(secret_page, {"remove": "x"}).status_code == 302
    assert WebhookSecret.objects.count() == 2


@pytest.mark.parametrize(
    ("public", "sandbox", "reachable"),
    [
        ("https://dash.example.com", False, True),
        ("http://localhost:8000", True, True),
        ("http://localhost:8000", False, False),
        ("http://192.168.1.7", False, False),
        ("", False, False),
    ],
)
def test_it_shows_the_address_only_where_recall_reaches_it(
    as_alice, settings_page, workspace, settings, public, sandbox, reachable
):
    settings.PUBLIC_URL, settings.SANDBOX = public, sandbox
    text = as_alice.get(settings_page).content.decode()
    assert (f"{public}/webhooks/recall/{workspace.webhook_token}/" in text) is reachable
    assert ("Sync only." in text) is not reachable


def test_it_shows_what_came_and_what_was_refused(as_vera, settings_page, workspace):
    assert "none yet" in as_vera.get(settings_page).content.decode()
    workspace.last_delivery_at = workspace.last_refused_at = NOW
    workspace.last_refusal = "Webhook refused: <why>."
    workspace.save()
    text = as_vera.get(settings_page).content.decode()
    assert "none yet" not in text
    assert "Webhook refused: &lt;why&gt;." in text


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_it_has_two_doors(as_alice, settings_page, secret_page, method):
    assert getattr(as_alice, method)(settings_page).status_code == 405
    assert as_alice.get(secret_page).status_code == 405


def deeds():
    return [(d.verb, d.by_name, d.detail) for d in AuditEvent.objects.order_by("pk")]


def test_the_audit_log_hears_of_key_and_region_and_of_no_key(as_alice, settings_page):
    save(as_alice, settings_page)
    save(as_alice, settings_page, api_key="")
    save(as_alice, settings_page, api_key="some-other-key-1234")  # refused: nothing was done
    assert deeds() == [
        (
            "key.changed",
            "alice@example.com",
            {"region": HOME, "key": "new", "was": "us-west-2"},
        ),
        ("key.changed", "alice@example.com", {"region": HOME, "key": "kept"}),
    ]
    assert KEY not in str(list(AuditEvent.objects.values()))


def test_the_audit_log_hears_of_secrets_and_of_none_of_them(as_alice, secret_page):
    as_alice.post(secret_page, {"secret": OTHER_SECRET})
    as_alice.post(secret_page, {"secret": "nonsense"})
    old = WebhookSecret.objects.earliest("pk")
    as_alice.post(secret_page, {"remove": old.pk})
    assert [deed[:2] for deed in deeds()] == [
        ("secret.added", "alice@example.com"),
        ("secret.removed", "alice@example.com"),
    ]
    for secret in (SECRET, OTHER_SECRET):
        assert secret not in str(list(AuditEvent.objects.values()))
