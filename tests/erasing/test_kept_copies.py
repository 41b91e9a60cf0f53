"""Lists of separate tracks go with a person, and no later copy brings the name back."""

import json
import uuid

import httpx
import pytest
from django.utils import timezone

from bots import archive, conf, copying, keeping
from bots.models import KeptFile, Leftover
from bots.models.forgotten import ERASED_PERSON
from tests.erasing.conftest import JANE, MAIL, erase
from tests.keeping.conftest import folder  # noqa: F401
from tests.keeping.films import HOST, Films
from tests.world import NOW

pytestmark = pytest.mark.django_db


class Tracks(Films):
    """Her track and his, as Recall lists them."""

    def file(self, request: httpx.Request) -> httpx.Response:
        if request.url.path != "/list":
            return super().file(request)
        people = [{"id": 1, "name": JANE, "email": MAIL}, {"id": 2, "name": "Bob Other"}]
        listed = [
            {
                "id": f"t{who['id']}",
                "participant": who,
                "download_url": f"{HOST}/track-t{who['id']}",
            }
            for who in people
        ]
        return httpx.Response(200, json=listed)


@pytest.fixture
def tracks(folder, recording, monkeypatch) -> None:  # noqa: F811
    recording.artifacts.all().delete()
    recording.artifacts.create(
        kind="audio_separate", format="mp3", recall_id=uuid.uuid4(), status="done", status_at=NOW
    )
    films = Tracks(tracks={"t1": b"hers", "t2": b"his"})
    monkeypatch.setattr(conf, "transport", lambda: httpx.MockTransport(films))


def kept_list(recording) -> KeptFile:
    [copy] = keeping.keep(recording, keeping.pieces(recording), now=timezone.now())
    copying.work(copy.pk, clock=timezone.now, seconds=60)
    copy.refresh_from_db()
    assert copy.is_kept
    return copy


def told(copy: KeptFile) -> str:
    return b"".join(archive.chunks(copy.path)).decode()


def test_the_list_of_tracks_goes_and_the_tracks_stay(workspace, recording, tracks):
    copy = kept_list(recording)
    assert JANE in told(copy)

    erase(workspace)

    copy.refresh_from_db()
    assert copy.state == "deleted"
    assert Leftover.objects.filter(path=copy.path).exists()
    states = KeptFile.objects.exclude(part="").values_list("state", flat=True)
    assert list(states) == ["waiting", "waiting"]


@pytest.mark.parametrize("called", [(JANE, MAIL), (MAIL,)])
def test_a_later_copy_names_her_nowhere(workspace, recording, tracks, called):
    erase(workspace, called=called)

    copy = kept_list(recording)

    assert [each["participant"]["name"] for each in json.loads(told(copy))] == [
        ERASED_PERSON, "Bob Other",
    ]  # fmt: skip
    assert MAIL not in told(copy)
    for each in KeptFile.objects.all():
        assert "zebulona" not in f"{each.label} {each.file_name}".casefold()
