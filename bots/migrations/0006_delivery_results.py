from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0005_import_rest'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(
                fields=['workspace', 'state', '-received_at'], name='delivery_results'
            ),
        ),
    ]
