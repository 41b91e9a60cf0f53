"""What came of the recordings that are there already, and pictures of those of the last weeks.

Of who was there nothing is asked here: the next look at a bot does.
"""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

from bots.lifecycle import End, Facts, File, came_of


def came(apps, schema_editor):
    Recording = apps.get_model("bots", "Recording")
    StatusChange = apps.get_model("bots", "StatusChange")
    Poster = apps.get_model("bots", "Poster")
    now = timezone.now()
    recordings = Recording.objects.filter(status__in=["done", "failed", "deleted"])
    for recording in recordings.prefetch_related("artifacts").iterator(chunk_size=200):
        ends = StatusChange.objects.filter(bot=recording.bot_id, code__in=["call_ended", "fatal"])
        end = ends.order_by("at", "pk").first()
        ended = recording.completed_at
        if end is not None and ended is not None and ended < end.at - timedelta(seconds=10):
            end = None
        started = recording.started_at
        files = [File(a.kind, a.status, a.sub_code) for a in recording.artifacts.all()]
        if not files and ended is None:
            continue
        told = came_of(
            Facts(
                status=recording.status,
                sub_code=recording.sub_code,
                files=tuple(files),
                duration_s=(ended - started).total_seconds() if ended and started else None,
                end=end and End(
                    end.code,
                    end.sub_code,
                    max((end.at - started).total_seconds(), 0.0) if started else None,
                ),
            )
        )
        recording.outcome, recording.missing = str(told.outcome), told.missing
        recording.save(update_fields=["outcome", "missing"])
        playable = any(f.kind in ("video_mixed", "audio_mixed") and f.status == "done" for f in files)
        if playable and recording.created_at > now - timedelta(days=30):
            Poster.objects.get_or_create(recording=recording, defaults={"due_at": now})


class Migration(migrations.Migration):

    dependencies = [("bots", "0012_library")]

    operations = [migrations.RunPython(came, migrations.RunPython.noop)]
