"""Members who belong to no team come into the first one of their workspace."""

from django.db import migrations


def join_first_team(apps, schema_editor):
    Membership = apps.get_model("bots", "Membership")
    for membership in Membership.objects.filter(teams=None).select_related("workspace"):
        team = membership.workspace.teams.order_by("pk").first()
        if team is not None:
            membership.teams.add(team)


class Migration(migrations.Migration):
    dependencies = [("bots", "0002_trust")]
    operations = [migrations.RunPython(join_first_team, migrations.RunPython.noop)]
