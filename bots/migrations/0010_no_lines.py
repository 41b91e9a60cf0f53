from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("bots", "0009_lines_to_passages")]

    operations = [migrations.RemoveField(model_name="transcript", name="lines")]
