"""What was said becomes a row for each passage, under the artifact that told it."""

from django.db import migrations


def move(apps, schema_editor):
    Transcript = apps.get_model("bots", "Transcript")
    Artifact = apps.get_model("bots", "Artifact")
    Passage = apps.get_model("bots", "Passage")
    for transcript in Transcript.objects.iterator(chunk_size=20):
        told_by = Artifact.objects.filter(recording=transcript.recording_id, kind="transcript")
        transcript.artifact = told_by.order_by("-pk").first()
        transcript.save(update_fields=["artifact"])
        Passage.objects.bulk_create(
            [
                Passage(
                    transcript=transcript,
                    n=n,
                    speaker=line.get("speaker") or "",
                    start_s=line.get("start_s"),
                    end_s=line.get("end_s"),
                    text=line.get("text") or "",
                )
                for n, line in enumerate(transcript.lines)
            ],
            batch_size=500,
        )


class Migration(migrations.Migration):

    dependencies = [("bots", "0008_transcripts")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
