"""The table of the shared cache; and the addresses of those who are here, as django-allauth keeps them."""

from django.core.management import call_command
from django.db import migrations


def make_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def keep_addresses(apps, schema_editor):
    """Whoever made these accounts vouched for their addresses; where two share one, nobody did."""
    EmailAddress = apps.get_model("account", "EmailAddress")
    taken = {email.lower() for email in EmailAddress.objects.values_list("email", flat=True)}
    owners = {}
    for pk, email in apps.get_model("auth", "User").objects.exclude(email="").values_list("pk", "email"):
        owners.setdefault(email.lower(), []).append(pk)
    EmailAddress.objects.bulk_create(
        EmailAddress(user_id=pks[0], email=email, verified=True, primary=True)
        for email, pks in owners.items()
        if len(pks) == 1 and email not in taken
    )


class Migration(migrations.Migration):
    dependencies = [
        ("bots", "0003_everyone_has_a_team"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
        migrations.RunPython(keep_addresses, migrations.RunPython.noop),
    ]
