"""Which copies are ordered, how long they stay, and that they go when they shall."""

import uuid
from datetime import timedelta
from io import StringIO

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bots import archive, chores, conf, copying, keeping, upkeep
from bots.models import AuditEvent, Bot, KeptFile, PolicyVersion, Recording
from tests.keeping.films import FILM, Films

pytestmark = pytest.mark.django_db
State = KeptFile.State
DAY = timedelta(days=1)


@pytest.fixture
def films(monkeypatch) -> Films:
    films = Films()
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(films))
    return films


@pytest.fixture
def recording(a_bot) -> Recording:
    return a_bot("done", recorded=True).recordings.get()


def kept(recording: Recording, **how) -> KeptFile:
    [copy] = keeping.keep(recording, keeping.pieces(recording)[:1], now=timezone.now(), **how)
    copying.work(copy.pk, clock=timezone.now, seconds=60)
    copy.refresh_from_db()
    assert copy.state == State.KEPT
    return copy


def under_policy(recording: Recording, **rules) -> Recording:
    bot = recording.bot
    bot.policy = PolicyVersion.objects.save_team(bot.team, rules, by=None, now=timezone.now())
    bot.save()
    return recording


def test_ordering_twice_makes_one_copy(folder, recording):
    now = timezone.now()
    pieces = keeping.pieces(recording)
    assert len(keeping.keep(recording, pieces, now=now)) == 1
    assert keeping.keep(recording, pieces, now=now) == []  # from a page that is old by now
    assert KeptFile.objects.count() == 1


def test_only_what_is_ready_can_be_kept(folder, recording):
    recording.artifacts.update(status="processing")
    assert keeping.pieces(recording) == []


def test_the_policy_that_a_bot_was_sent_under_has_copies_kept(folder, films, recording):
    under_policy(recording, keep=["video_mixed", "transcript"], keep_days=30)
    assert keeping.by_rule(recording, now=timezone.now())
    copy = KeptFile.objects.get()
    assert (copy.kind, copy.by) == ("video_mixed", None)
    assert copy.rule.startswith("The policy of team Sales, version ")
    assert copy.keep_until == recording.completed_at + 30 * DAY
    assert not keeping.by_rule(recording, now=timezone.now())


def test_what_a_person_deleted_is_not_kept_again_by_itself(folder, films, recording, alice):
    under_policy(recording, keep=["video_mixed"])
    keeping.by_rule(recording, now=timezone.now())
    keeping.forget(KeptFile.objects.get(), by=alice, why="No.", now=timezone.now())
    assert not keeping.by_rule(recording, now=timezone.now())


@pytest.mark.parametrize("policy", [None, {"keep": []}])
def test_without_a_rule_nothing_is_kept(folder, recording, policy):
    if policy is not None:
        under_policy(recording, **policy)
    assert not keeping.by_rule(recording, now=timezone.now())
    assert not KeptFile.objects.exists()


def test_what_is_past_its_time_goes_in_batches_and_says_why(storage, films, recording):
    copy = kept(recording, until=timezone.now() + DAY)
    upkeep.prune(timezone.now())
    assert archive.size(copy.path) == len(FILM)
    assert upkeep.prune(timezone.now() + 2 * DAY) == 1
    copy.refresh_from_db()
    assert (copy.state, copy.reason) == (State.DELETED, "It was kept as long as it should be.")
    assert archive.size(copy.path) is None
    assert AuditEvent.objects.order_by("pk").last().verb == "copy.deleted"


def test_what_the_storage_does_not_delete_stays_and_goes_the_next_time(
    folder, films, recording, monkeypatch
):
    copy = kept(recording, until=timezone.now() + DAY)
    later = timezone.now() + 2 * DAY

    def refuses(name: str) -> None:
        raise archive.ArchiveError("No.")

    with monkeypatch.context() as patch:
        patch.setattr(archive, "delete", refuses)
        assert upkeep.prune(later) == 0
    copy.refresh_from_db()
    assert copy.state == State.KEPT
    assert upkeep.prune(later) == 1


def test_erasing_takes_every_copy_in_whatever_state_it_is(storage, films, recording, alice):
    copy = kept(recording)
    recording.artifacts.create(
        kind="audio_mixed", format="mp3", recall_id=uuid.uuid4(), status="done",
        status_at=timezone.now(),
    )  # fmt: skip
    [waiting] = keeping.keep(recording, keeping.pieces(recording), now=timezone.now())
    assert keeping.let_go(recording, why="Ann was erased.", now=timezone.now()) == 2
    for each in (copy, waiting):
        each.refresh_from_db()
        assert (each.state, each.reason) == (State.DELETED, "Ann was erased.")
    assert upkeep.clear(timezone.now(), most=10) == 2
    assert copy.path not in set(archive.names())
    assert keeping.let_go(recording, why="Again.", now=timezone.now()) == 0


def test_a_copy_can_be_checked_on_demand(storage, films, recording):
    copy = kept(recording)
    upkeep.want_check(copy, now=timezone.now())
    upkeep.check_due(copy.pk, now=timezone.now())
    copy.refresh_from_db()
    assert (copy.problem, copy.check_due_at) == ("", None)
    archive.delete(copy.path)
    upkeep.want_check(copy, now=timezone.now())
    upkeep.check_due(copy.pk, now=timezone.now())
    copy.refresh_from_db()
    assert copy.problem == "The file is not in the storage any more."


def check_all(**options) -> tuple[str, bool]:
    out = StringIO()
    try:
        call_command("archive", check=True, stdout=out, **options)
    except CommandError:
        return out.getvalue(), False
    return out.getvalue(), True


def test_the_command_finds_what_has_changed_what_is_lost_and_what_belongs_to_nobody(
    folder, films, recording
):
    copy = kept(recording)
    assert check_all() == ("1 copies are what was kept, 0 are not.\n", True)
    path = archive.local_path(copy.path)
    path.write_bytes(b"x" * len(FILM))
    said, is_well = check_all()
    assert not is_well
    assert "not the one that was kept" in said
    path.unlink()
    orphan = archive.new_name(1, "mp4")
    (folder / orphan).parent.mkdir(parents=True)
    (folder / orphan).write_bytes(b"nobody's")
    said, is_well = check_all()
    assert "not in the storage any more" in said
    assert f"belongs to no copy: {orphan}" in said
    said, _ = check_all(delete_orphans=True)
    assert f"deleted: {orphan}" in said
    assert not (folder / orphan).exists()


def test_partial_files_that_nobody_goes_on_with_are_removed(folder, films, recording):
    films.cuts = [500_000]
    [copy] = keeping.keep(recording, keeping.pieces(recording)[:1], now=timezone.now())
    copying.work(copy.pk, clock=timezone.now, seconds=60)
    with archive.writing(archive.new_name(1, "mp4")) as other:
        other.write(b"of another life")
    upkeep.prune_partials(timezone.now())
    assert len(list(archive.partials())) == 2
    upkeep.prune_partials(timezone.now() + 3 * DAY)
    assert [path for path, _ in archive.partials()] == [archive.partial(copy.path)]


def past_their_time(recording: Recording, count: int) -> None:
    now = timezone.now()
    KeptFile.objects.bulk_create(
        KeptFile(
            workspace=recording.workspace, recording=recording, kind="video_mixed", label="Video",
            file_name="x.mp4", path=archive.new_name(1, "mp4"), state=State.KEPT, created_at=now,
            due_at=now, keep_until=now,
        )
        for _ in range(count)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("error", "tries"), [(archive.Away("Away."), 1), (archive.ArchiveError("This one."), 20)]
)
def test_a_storage_in_trouble_is_not_asked_for_every_file(
    folder, recording, monkeypatch, error, tries
):
    past_their_time(recording, 30)
    asked = []

    def refuses(name: str) -> None:
        asked.append(name)
        raise error

    monkeypatch.setattr(archive, "delete", refuses)
    assert upkeep.prune(timezone.now()) == 0
    assert len(asked) == tries


def test_one_file_in_trouble_keeps_no_other(folder, recording, monkeypatch):
    past_their_time(recording, 3)
    first = KeptFile.objects.earliest("pk").path
    real = archive.delete

    def refuses(name: str) -> None:
        if name == first:
            raise archive.ArchiveError("This one.")
        real(name)

    monkeypatch.setattr(archive, "delete", refuses)
    assert upkeep.prune(timezone.now(), batch=2) == 2


def test_only_one_thread_of_a_process_deletes_files(folder, recording, monkeypatch):
    past_their_time(recording, 1)
    seen = []

    def slow(now: object) -> int:
        seen.append(chores.prune_files(timezone.now()))
        return 1

    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "prune", slow)
        assert chores.prune_files(timezone.now()) == 1
    assert seen == [0]
    with chores.a_hand(), chores.a_hand(), chores.a_hand():
        assert chores.prune_files(timezone.now()) == 0
    assert chores.prune_files(timezone.now()) == 1


def test_a_copy_that_is_prolonged_at_the_last_moment_stays(folder, recording, monkeypatch):
    past_their_time(recording, 2)
    first, second = KeptFile.objects.order_by("pk")
    real = archive.delete

    def meanwhile(name: str) -> None:
        real(name)
        KeptFile.objects.exclude(path=name).update(keep_until=timezone.now() + DAY)

    monkeypatch.setattr(archive, "delete", meanwhile)
    assert upkeep.prune(timezone.now()) == 1
    assert set(KeptFile.objects.values_list("state", flat=True)) == {State.KEPT, State.DELETED}


def test_a_check_while_the_storage_is_away_is_done_later(folder, films, recording, monkeypatch):
    copy, now = kept(recording), timezone.now()

    def away(name: str, **how: object) -> None:
        raise archive.Away("The storage cannot be reached.")

    upkeep.want_check(copy, now=now)
    with monkeypatch.context() as patch:
        patch.setattr(archive, "digest", away)
        upkeep.check_due(copy.pk, now=now)
    copy.refresh_from_db()
    assert (copy.problem, copy.check_due_at) == ("", now + upkeep.CHECK_AGAIN)
    upkeep.check_due(copy.pk, now=now + upkeep.CHECK_AGAIN)
    copy.refresh_from_db()
    assert (copy.problem, copy.check_due_at) == ("", None)


def test_the_lookout_is_told_of_copies_that_come_and_go(folder, recording, films):
    def is_due():
        due = Bot.objects.get(pk=recording.bot_id).alerts_due_at is not None
        Bot.objects.update(alerts_due_at=None)
        return due

    Bot.objects.update(alerts_due_at=None)
    copy = kept(recording)
    assert is_due()
    keeping.forget(copy, why="Enough.", now=timezone.now())
    assert is_due()
    kept(recording)
    is_due()
    keeping.let_go(recording, why="Deleted.", now=timezone.now())
    assert is_due()
