"""The demo workspace of the sandbox, made through the same doors as any other."""

import base64
import secrets
from contextlib import suppress
from datetime import datetime

import httpx
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from bots import accounts, actions, conf, deciding, discovery, policy, tasks
from bots.lifecycle import Action
from bots.models import Membership, PolicyVersion, Role, Workspace
from bots.recall import errors

REGION = "us-west-2"
KEY = f"sandbox_{REGION}_demo"
USERNAME = "demo"
# Any link gives a pleasant ordinary meeting; this one is the demo's own.
LINK = "https://meet.google.com/dem-omee-tng"
TITLE = "Weekly product review"
# Off by themselves, but who looks around shall find them: links to outsiders, and words that are
# shown while they are said.
RULES = {
    "share_links": "operators",
    "language": "en",
    "transcript_mode": "prioritize_low_latency",
}


def enter(*, now: datetime) -> tuple[User, Workspace]:
    """The demo person and workspace, with past meetings and a bot live in one.

    Raises errors.RecallError when the sandbox doesn't answer.
    """
    user, made = get_user_model().objects.get_or_create(
        username=_free_username(),
        email=accounts.DEMO_EMAIL,
        defaults={"first_name": "Demo", "is_staff": True},
    )
    if made:
        user.set_unusable_password()
        user.is_superuser = True
        user.save()
    workspace, made = Workspace.objects.get_or_create(
        is_demo=True,
        defaults={"name": "Demo", "slug": _free_slug(), "region": REGION, "api_key": KEY},
    )
    membership, _ = Membership.objects.get_or_create(
        user=user, workspace=workspace, defaults={"role": Role.OWNER}
    )
    if not membership.teams.exists():
        membership.teams.add(workspace.default_team)
    if made:
        PolicyVersion.objects.save_team(workspace.default_team, RULES, by=user, now=now)
    if not workspace.secrets.exists():
        secret = new_secret()
        _tell_sandbox(workspace, secret)
        workspace.replace_webhook_secret(secret, now=now)
    if made or not workspace.bots.exists():
        discovery.discover(workspace, clock=lambda: now)
    if not workspace.bots.live().exists():
        _send_one(workspace, user, now)
    return user, workspace


def _free_username() -> str:
    """Never that of a real person: whoever tries the demo would come in as them."""
    people = User.objects.filter(username=USERNAME).exclude(email=accounts.DEMO_EMAIL)
    return "demo-of-the-sandbox" if people.exists() else USERNAME


def _free_slug() -> str:
    """Never that of a real workspace, which the demo person must not enter."""
    return "demo-of-the-sandbox" if Workspace.objects.filter(slug="demo").exists() else "demo"


def new_secret() -> str:
    """A webhook secret as Recall makes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def _tell_sandbox(workspace: Workspace, secret: str) -> None:
    """What a person does in Recall's own dashboard: enter the webhook address and its secret."""
    try:
        response = httpx.put(
            conf.recall_base_url(workspace.region) + "/control/workspace/",
            headers={"Authorization": f"Token {workspace.api_key}"},
            json={"webhook_url": workspace.webhook_url, "secrets": [secret]},
            timeout=10,
        )
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise errors.Unreachable(request="PUT control/workspace/") from error


def _send_one(workspace: Workspace, user: User, now: datetime) -> None:
    team = workspace.default_team
    ask = policy.Ask(meeting_url=LINK, title=TITLE, bot_name="Acme Notetaker")
    with suppress(actions.NotNow):  # A visitor may have forbidden it.
        ask = deciding.as_allowed(team, ask)
        bot = actions.send(team, ask, by=user, token=secrets.token_urlsafe(12), now=now)
        for order in bot.orders.filter(action=Action.SEND):
            tasks.wake_order(order)
