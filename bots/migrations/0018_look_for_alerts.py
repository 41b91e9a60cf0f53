"""Bots with a recording that Recall will delete are looked at, so that it is told in time."""

from django.db import migrations
from django.utils import timezone


def look(apps, schema_editor):
    Bot = apps.get_model("bots", "Bot")
    now = timezone.now()
    Bot.objects.filter(recordings__expires_at__gt=now).update(alerts_due_at=now)


class Migration(migrations.Migration):
    dependencies = [("bots", "0017_alerts")]
    operations = [migrations.RunPython(look, migrations.RunPython.noop)]
