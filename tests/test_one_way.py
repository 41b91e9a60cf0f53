"""One guarded way to anything: views get what they show through `bots/views/access.py` alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bots.views import access

VIEWS = Path(access.__file__).parent
# What belongs to somebody. A view that asks for one of these by itself asks past the guard.
GUARDED = {
    "Artifact", "AuditEvent", "Batch", "BatchItem", "Bot", "Call", "Clip", "Delivery", "DryRun",
    "Invitation", "Membership", "Order", "Participant", "ParticipantEvent", "Picture",
    "PolicyVersion", "Recording", "Share", "Sound", "StatusChange", "Team", "Transcript",
    "WebhookSecret", "Workspace",
}  # fmt: skip
SHORTCUTS = {"get_object_or_404", "get_list_or_404"}
# Doors of a model that ask the person, or that make something new.
GUARDS = {"seen_by", "record", "record_once"}

# What is asked past the guard all the same, and why no word of another comes through.
ALLOWED = {
    ("bots.py", "Order", "filter"): "of the bots that this person sees",
    ("invitation.py", "Invitation", "by_token"): "by the word that only the invited have",
    ("meeting.py", "ParticipantEvent", "filter"): "of a bot that was found",
    ("members.py", "Invitation", "open"): "of this workspace",
    ("met.py", "Participant", "filter"): "of the workspace, without the teams hidden from them",
    ("notices.py", "Bot", "filter"): "by keys of bots that this person sees",
    ("notices.py", "Order", "filter"): "of the bots that this person sees",
    ("policy.py", "PolicyVersion", "current"): "of a team that was found",
    ("policy_desk.py", "PolicyVersion", "current"): "of a team that was found",
    ("policy_desk.py", "PolicyVersion", "default"): "of this person's workspace",
    ("policy_history.py", "PolicyVersion", "of"): "of a policy that was found",
    ("policy_scheduled.py", "Bot", "filter"): "only counted, for whoever may change the policy",
    ("policy_scheduled.py", "PolicyVersion", "current"): "of a team that this person sees",
    ("dryrun.py", "PolicyVersion", "current"): "of a team that was found",
    ("dryrun.py", "PolicyVersion", "of"): "of a team that was found",
    ("orders.py", "PolicyVersion", "current"): "of the team of a bot that was found",
    ("recordings.py", "Participant", "only"): "of the recordings that this person sees",
    ("recordings.py", "Transcript", "filter"): "of the recordings that this person sees",
    ("recordings.py", "Artifact", "filter"): "of the recordings that this person sees",
    ("file_rows.py", "Transcript", "filter"): "of a recording that was found",
    ("files.py", "Transcript", "best"): "of a recording that was found",
    ("transcript.py", "Transcript", "best"): "of a recording that was found",
    ("transcript.py", "Transcript", "of"): "of a recording that was found",
    ("shared.py", "Share", "by_token"): "by the word that only outsiders with the link have",
    ("shared.py", "Transcript", "best"): "of the recording that the link shows",
}  # fmt: skip


def asked(tree: ast.AST) -> Iterator[tuple[str, str, int]]:
    """(model, method, line) of each `Model.objects.method` and shortcut in the text."""
    for node in ast.walk(tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in SHORTCUTS:
            yield called.id, "", called.lineno
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Attribute):
            continue
        inner = node.value
        if inner.attr in ("objects", "_default_manager") and isinstance(inner.value, ast.Name):
            yield inner.value.id, node.attr, node.lineno


def past_the_guard(text: str) -> list[tuple[str, str, int]]:
    return [
        (model, method, line)
        for model, method, line in asked(ast.parse(text))
        if model in SHORTCUTS or (model in GUARDED and method not in GUARDS)
    ]


MODULES = sorted(path for path in VIEWS.glob("*.py") if path.name != "access.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_view_asks_past_the_guard(path):
    found = [
        f"{path.name}:{line}: {model} {method}"
        for model, method, line in past_the_guard(path.read_text())
        if (path.name, model, method) not in ALLOWED
    ]
    assert found == [], "get it through bots/views/access.py, or say in ALLOWED why not"


def test_every_exception_is_still_one():
    there = {
        (path.name, model, method)
        for path in MODULES
        for model, method, _ in past_the_guard(path.read_text())
    }
    assert set(ALLOWED) - there == set()


@pytest.mark.parametrize(
    "text",
    [
        "get_object_or_404(Bot, pk=pk)",
        "Bot.objects.get(pk=pk)",
        "x = Recording.objects.select_related('bot').filter(pk=pk).first()",
        "Order.objects.filter(\n    bot__workspace=w,\n    pk=pk,\n)",
    ],
)
def test_it_finds_what_asks_past_the_guard(text):
    assert past_the_guard(text)


def test_what_asks_the_person_is_no_finding():
    assert not past_the_guard("Bot.objects.seen_by(membership).filter(pk=pk)")


def test_every_finder_goes_through_the_person():
    """Each begins with a request or a membership, or with what was found through one."""
    for name, function in vars(access).items():
        if name.startswith("find_"):
            first = next(iter(function.__annotations__))
            assert first in ("request", "membership", "team", "recording"), name
