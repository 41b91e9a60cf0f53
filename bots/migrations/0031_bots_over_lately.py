"""Bots that were over lately are found by an index: every page asks for them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("bots", "0030_finished_orders")]

    operations = [
        migrations.AddIndex(
            model_name="bot",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["workspace", "ended_at"],
                name="bot_ended",
            ),
        ),
    ]
