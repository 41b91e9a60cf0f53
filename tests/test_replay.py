"""`manage.py replay`: what could not be observed, once more, after the reason was mended."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bots.models import AuditEvent, Bot, Delivery
from tests.world import make_bot, make_workspace, receive, signed, status_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return make_workspace()


@pytest.fixture
def bot(workspace):
    return make_bot(workspace, created_at=timezone.now())


@pytest.fixture
def failed(workspace, bot, monkeypatch):
    """A delivery that failed while something was broken which is mended now."""

    def make(code="done", ago=timedelta(0), of=None, bot=bot):
        when = timezone.now() - ago
        body = status_event(bot, code, when)
        with monkeypatch.context() as broken:
            broken.setattr(Bot, "observe_held", lambda *args, **kwargs: 1 / 0)
            place = of or workspace
            return receive(place, signed(body, when=when), body, now=when)

    return make


def replay(capsys, *words, **options):
    call_command("replay", *words, **options)
    return capsys.readouterr().out


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_it_replays_what_failed_and_notes_it(failed, bot, capsys, workspace):
    failed("joining_call")
    failed("done")
    said = replay(capsys)
    assert said == "Replaying 2 failed.\nNow: 2 observed.\n"
    bot.refresh_from_db()
    assert (states(), bot.code) == (["observed"] * 2, "done")
    deed = AuditEvent.objects.get()
    assert (deed.verb, deed.by, deed.what) == ("delivery.replayed", None, "2 deliveries")


def test_it_only_says_what_it_would_do(failed, capsys):
    failed()
    assert replay(capsys, "--dry-run") == "Would be replayed: 1 failed.\n"
    assert states() == ["failed"]
    assert not AuditEvent.objects.exists()


def test_it_says_where_there_is_nothing(workspace, capsys):
    assert replay(capsys) == "No delivery matches.\n"


def test_it_keeps_to_a_workspace(failed, capsys):
    rival = make_workspace("rival")
    failed()
    failed(of=rival, bot=make_bot(rival, created_at=timezone.now()))
    replay(capsys, "--workspace", "rival")
    assert states() == ["failed", "observed"]


def test_it_keeps_to_an_event_and_a_time(failed, capsys):
    failed("joining_call", ago=timedelta(hours=3))
    failed("joining_call")
    failed("done")
    replay(capsys, "--event", "bot.joining_call", "--since", "90m")
    assert states() == ["failed", "observed", "failed"]
    replay(capsys, "--since", "2020-01-01")
    assert states() == ["observed"] * 3


def test_it_replays_one_by_its_id_whatever_became_of_it(failed, capsys):
    first, second = failed(), failed()
    replay(capsys, "--id", str(second.pk))
    assert states() == ["failed", "observed"]
    assert "1 observed" in replay(capsys, "--id", str(second.pk))
    first.refresh_from_db()
    assert first.state == "failed"


def test_it_keeps_to_states(workspace, failed, bot, capsys):
    failed()
    unknown = Bot(recall_id="00000000-0000-4000-8000-000000000001")
    body = status_event(unknown, "done", timezone.now())
    receive(workspace, signed(body, when=timezone.now()), body, now=timezone.now())
    assert replay(capsys, "--state", "unmatched") == (
        "Replaying 1 unknown bot.\nNow: 1 unknown bot.\n"
    )
    assert states() == ["failed", "unmatched"]
    assert Delivery.objects.get(state="unmatched").due_at is not None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--state", "lost"], "No such state: lost"),
        (["--workspace", "nobody"], "no workspace called nobody"),
        (["--since", "yesterday"], "is no time"),
        (["--since", "2026-13-40"], "is no time"),
    ],
)
def test_it_says_what_it_does_not_understand(workspace, words, why):
    with pytest.raises(CommandError, match=why):
        call_command("replay", *words)
