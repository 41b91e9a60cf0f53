"""How quickly a long transcript opens: `python benchmarks/transcript.py [words]`, alone.

Makes one meeting of three hours (30,000 words by default), opens its page, a moment far into it, a
search inside and a search of the workspace, and beside them the old way: every line at once. The
numbers to beat stand in README.md. DATABASE_URL picks the database server.
"""

import gzip
import os
import shutil
import sys
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))
FOLDER = tempfile.mkdtemp(prefix="recalldash-benchmark-")
os.environ["DATA_DIR"] = FOLDER
os.environ["DJANGO_SETTINGS_MODULE"] = "recalldash.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bots import stretches  # noqa: E402
from bots.models import Bot, Membership, Recording, Transcript, Workspace  # noqa: E402

HOURS_S = 3 * 3600
EACH = 20
START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
# As many different words as people use in a talk, the frequent ones often.
VOCABULARY = 4_000


def make(workspace: Workspace, words: int) -> Transcript:
    """A meeting in which that much was said, in passages as they are cut."""
    random = Random(5)
    letters = "etaoinshrdlucmfw"
    known = ["".join(random.choices(letters, k=random.randint(2, 9))) for _ in range(VOCABULARY)]
    likely = [1 / (n + 1) for n in range(VOCABULARY)]
    bot = Bot.objects.create(
        workspace=workspace,
        team=workspace.default_team,
        recall_id=uuid.uuid4(),
        name="Acme Notetaker",
        title="Board meeting",
        meeting_url="https://meet.google.com/abc-defg-hij",
        platform="google_meet",
        created_at=START,
        phase="finished",
    )
    recording = Recording.objects.create(
        workspace=workspace,
        bot=bot,
        recall_id=uuid.uuid4(),
        status="done",
        status_at=START,
        created_at=START,
        started_at=START,
        completed_at=START + timedelta(seconds=HOURS_S),
    )
    count = words // EACH
    step_s = HOURS_S / count
    return Transcript.objects.keep(
        recording,
        [
            {
                "speaker": f"Person {n // 3 % 7}",
                "start_s": round(n * step_s, 3),
                "end_s": round((n + 0.9) * step_s, 3),
                "text": " ".join(random.choices(known, likely, k=EACH)).capitalize() + ".",
            }
            for n in range(count)
        ],
        now=START,
    )


def measure(client: Client, name: str, url: str) -> tuple[int, float]:
    """Print what one page costs, the middle of nine; its bytes compressed and its milliseconds."""
    client.get(url, headers={"Accept-Encoding": "gzip"})
    took, sizes = [], []
    for _ in range(9):
        with CaptureQueriesContext(connection) as asked:
            begun = perf_counter()
            answer = client.get(url, headers={"Accept-Encoding": "gzip"})
            took.append((perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (url, answer.status_code)
        sizes.append(len(answer.content))
    whole = len(gzip.decompress(answer.content))
    size, ms = int(median(sizes)), median(took)
    print(f"{name}: {size:,} bytes ({whole:,} plain), {ms:.0f} ms, {len(asked)} queries")
    return size, ms


def main(words: int) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    connection.creation.create_test_db(verbosity=0)
    try:
        workspace = Workspace.objects.create(slug="bench", name="Bench")
        workspace.teams.create(name="Sales")
        user = User.objects.create_user("ann", "ann@example.com", "a long secret")
        membership = Membership.objects.create(user=user, workspace=workspace, role="owner")
        membership.teams.add(workspace.default_team)
        kept = make(workspace, words)
        client = Client()
        client.force_login(user)
        page = f"/w/bench/recordings/{kept.recording_id}/"
        lines = f"{page}transcript/{kept.pk}/"
        rare = kept.passages.get(n=kept.passages.count() // 2).text.split()[-1].strip(".")
        print(f"{connection.vendor}: {words:,} words in {kept.passages.count():,} passages")
        new = measure(client, "the page", page)
        measure(client, "the page at 2:30:00", f"{page}?t=9000")
        measure(client, "lines more", f"{lines}lines/?n=600")
        measure(client, "a search inside", f"{lines}find/?find={rare}")
        measure(client, "a search of the workspace", f"/w/bench/search/?q={rare}")
        stretches.LINES = 10**6
        old = measure(client, "the old way, every line at once", page)
        print(f"old to new: {old[0] / new[0]:.1f} times the bytes, {old[1] / new[1]:.1f} the time")
    finally:
        name = connection.settings_dict["NAME"]
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 30_000)
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)
