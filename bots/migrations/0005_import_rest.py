from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0004_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='workspace',
            name='import_rest',
            field=models.TextField(blank=True, default='', editable=False),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['received_at'], name='delivery_age'),
        ),
    ]
