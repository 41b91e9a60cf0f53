"""The cast of every test: Alice owns Acme, Bob operates, Vera looks on, Charlie is a stranger."""

import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from django.utils import timezone

from bots.models import Bot, Membership, News, Recording, Role, Team, Workspace
from tests.world import make_bot, make_workspace

# Where a change is judged, the same examples each time; new ones are found by whoever works on it.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--only-with-database",
        action="store_true",
        help="only what asks the database: the rest is the same whichever it is",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("only_with_database"):
        left = [item for item in items if not _asks_database(item)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if _asks_database(item)]


def _asks_database(item: pytest.Item) -> bool:
    asked = {"db", "transactional_db"} & {*getattr(item, "fixturenames", ())}
    return bool(asked) or item.get_closest_marker("django_db") is not None


# How long before now the statuses of a bot begin, and how far apart they are.
STEP = timedelta(seconds=5)


@pytest.fixture
def workspace(db: None) -> Workspace:
    return make_workspace("acme")


@pytest.fixture
def team(workspace: Workspace) -> Team:
    return workspace.default_team


@pytest.fixture
def member(django_user_model: Any) -> Callable[..., Any]:
    """Make a person with a role in a workspace; a member of its first team."""

    def make(name: str, role: Role, workspace: Workspace) -> Any:
        user = django_user_model.objects.create_user(name, f"{name}@example.com", "a long secret")
        membership = Membership.objects.create(user=user, workspace=workspace, role=role)
        membership.teams.add(workspace.default_team)
        return user

    return make


@pytest.fixture
def alice(member: Callable[..., Any], workspace: Workspace) -> Any:
    return member("alice", Role.OWNER, workspace)


@pytest.fixture
def bob(member: Callable[..., Any], workspace: Workspace) -> Any:
    return member("bob", Role.OPERATOR, workspace)


@pytest.fixture
def vera(member: Callable[..., Any], workspace: Workspace) -> Any:
    return member("vera", Role.VIEWER, workspace)


@pytest.fixture
def charlie(member: Callable[..., Any], db: None) -> Any:
    """Owner of a workspace of his own, stranger to Acme."""
    return member("charlie", Role.OWNER, make_workspace("globex"))


@pytest.fixture
def a_bot(workspace: Workspace) -> Callable[..., Bot]:
    """Make a bot that has been through these statuses, the last one `ago` (5 s) before now.

    A status is a code, or (code, sub-code); `paused` and `recorded` make a recording with it.
    """

    def make(
        *statuses: str | tuple[str, str],
        ago: timedelta = STEP,
        paused: bool = False,
        recorded: bool = False,
        workspace: Workspace = workspace,
        **fields: Any,
    ) -> Bot:
        last = timezone.now() - ago
        first = last - STEP * max(len(statuses) - 1, 0)
        bot = make_bot(workspace, **{"created_at": first - STEP, **fields})
        if paused or recorded:
            recording = Recording.objects.create(
                workspace=workspace,
                bot=bot,
                recall_id=uuid.uuid4(),
                status="paused" if paused else "done",
                status_at=last,
                created_at=first,
                started_at=first,
                completed_at=None if paused else last,
            )
            recording.artifacts.create(
                kind="video_mixed",
                recall_id=uuid.uuid4(),
                format="mp4",
                status="processing" if paused else "done",
                status_at=last,
            )
        news = [
            News(status, first + STEP * n)
            if isinstance(status, str)
            else News(status[0], first + STEP * n, status[1])
            for n, status in enumerate(statuses)
        ]
        bot.observe(news, source=Bot.Source.WEBHOOK, now=timezone.now())
        return bot

    return make
