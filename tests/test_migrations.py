"""A migration leaves tables on which the code of the release before goes on, or says why not."""

import importlib
from pathlib import Path

import pytest
from django.db import models
from django.db.migrations import operations as ops
from django.db.models import Q

import bots.migrations

# Up to here nobody ran an older release beside a newer schema.
FIRST_RELEASE = "0030_finished_orders"
# What goes one release after its last reader, and steps that no rule can judge: why each is right.
ARGUED: dict[tuple[str, str], str] = {}

NAMES = sorted(path.stem for path in Path(bots.migrations.__path__[0]).glob("[0-9]*.py"))
LATER = [name for name in NAMES if name > FIRST_RELEASE]
# What an AlterField may change, for the database does not know of it.
OUR_OWN = {
    "blank",
    "choices",
    "editable",
    "help_text",
    "related_name",
    "validators",
    "verbose_name",
}


def harm(operation, made=(), before=None) -> str:
    """Why the code of the release before would not go on after that step; "" where it would.

    `made` are the tables that the same migration makes; `before` is what an altered field was.
    """
    match operation:
        case ops.CreateModel() | ops.RemoveIndex() | ops.RemoveConstraint() | ops.AddIndex():
            return ""
        case ops.AlterModelOptions() | ops.AlterModelManagers() | ops.RenameIndex():
            return ""
        case ops.AddField(field=field):
            fills_itself = field.null or field.has_db_default() or field.many_to_many
            return "" if fills_itself else "The old code writes rows without it."
        case ops.AddConstraint(model_name_lower=table):
            return "" if table in made else "The old code may write what it forbids."
        case ops.AlterField(field=field) if before is not None:
            return _altered(before, field)
        case ops.SeparateDatabaseAndState(database_operations=[]):
            return ""
    return "The old code reads or writes what it takes away, or nobody can tell."


def _altered(before: models.Field, after: models.Field) -> str:
    old, new = before.deconstruct(), after.deconstruct()
    if old[1] != new[1]:
        return "The old code writes another type."
    changed = {
        name
        for name in {*old[3], *new[3]} - OUR_OWN
        if old[3].get(name) != new[3].get(name) and name != "default"
    }
    if after.null and not before.null:
        changed.discard("null")
    if (after.max_length or 0) >= (before.max_length or 0):
        changed.discard("max_length")
    if after.has_db_default():
        changed.discard("db_default")
    return f"It changes {', '.join(sorted(changed))}." if changed else ""


@pytest.mark.parametrize(
    ("operation", "before"),
    [
        (ops.AddField("bot", "mood", models.TextField(default="calm")), None),
        (ops.RemoveField("bot", "title"), None),
        (ops.RenameField("bot", "title", "name_of_it"), None),
        (ops.DeleteModel("bot"), None),
        (ops.RunSQL("SELECT 1"), None),
        (ops.RunPython(ops.RunPython.noop), None),
        (ops.AddConstraint("bot", models.UniqueConstraint(fields=["title"], name="x")), None),
        (ops.AlterField("bot", "title", models.IntegerField()), models.TextField()),
        (ops.AlterField("bot", "title", models.TextField()), models.TextField(null=True)),
        (
            ops.AlterField("bot", "title", models.CharField(max_length=5)),
            models.CharField(max_length=9),
        ),
    ],
)
def test_it_knows_what_stops_the_old_code(operation, before):
    assert harm(operation, before=before)


@pytest.mark.parametrize(
    ("operation", "before"),
    [
        (ops.AddField("bot", "mood", models.TextField(null=True)), None),
        (ops.AddField("bot", "mood", models.TextField(default="", db_default="")), None),
        (ops.CreateModel("mood", []), None),
        (ops.AddIndex("bot", models.Index(fields=["title"], name="x")), None),
        (ops.AlterField("bot", "title", models.TextField(null=True)), models.TextField()),
        (
            ops.AlterField("bot", "title", models.CharField(max_length=9, choices=[("a", "A")])),
            models.CharField(max_length=5),
        ),
    ],
)
def test_it_lets_through_what_does_not(operation, before):
    assert not harm(operation, before=before)


def test_a_constraint_of_a_new_table_harms_nobody():
    rule = models.CheckConstraint(condition=Q(pk__gt=0), name="x")
    assert not harm(ops.AddConstraint("mood", rule), made={"mood"})


def test_the_first_release_is_there():
    assert FIRST_RELEASE in NAMES


@pytest.mark.parametrize("name", LATER)
def test_the_old_code_goes_on_after_each_migration(name):
    from django.db.migrations.loader import MigrationLoader

    module = importlib.import_module(f"bots.migrations.{name}")
    before_it = NAMES[NAMES.index(name) - 1]
    state = MigrationLoader(None, replace_migrations=False).project_state([("bots", before_it)])
    steps = module.Migration.operations
    made = {step.name_lower for step in steps if isinstance(step, ops.CreateModel)}
    for step in steps:
        before = None
        if isinstance(step, ops.AlterField):
            before = state.models["bots", step.model_name_lower].fields[step.name]
        why = harm(step, made, before)
        assert not why or ARGUED.get((name, step.describe())), f"{step.describe()}: {why}"
        step.state_forwards("bots", state)
