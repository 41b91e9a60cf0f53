"""Orders that came to an end lately are found by an index, for `/metrics`."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("bots", "0001_as_it_stands")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)),
                fields=["finished_at"],
                name="order_finished",
            ),
        ),
    ]
