"""One company in which there is something of everything, and the address of every page."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from tests.browser.company import COOKIE, Company, eventually, found
from tests.browser.house import House

LIVE, UPCOMING, FAILED = "Design review", "Board meeting", "Locked out"
ROOM = "all-ofev-ery"

# Every page by name; those above the line need nobody to be signed in.
PUBLIC = (
    "sign in",
    "forgotten",
    "invitation",
    "invitation that ended",
    "shared",
    "shared no more",
)
PRIVATE = (
    "bots",
    "bots narrowed",
    "send",
    "upcoming",
    "leave all",
    "batch",
    "live bot",
    "upcoming bot",
    "failed bot",
    "finished bot",
    "deliveries",
    "start",
    "leave",
    "reschedule",
    "cancel",
    "recordings",
    "recording",
    "transcript",
    "search",
    "share",
    "shares",
    "delete recording",
    "delete bot",
    "persons",
    "persons found",
    "policy",
    "policy default",
    "policy history",
    "policy version",
    "dry run",
    "dry run result",
    "dry run meeting",
    "notetakers",
    "notetakers shared",
    "settings",
    "doctor",
    "webhooks",
    "webhook",
    "calls",
    "account",
    "sessions",
    "password",
    "second step",
    "is it you",
    "members",
    "member",
    "member to remove",
    "roles",
    "teams",
    "team",
    "team to archive",
    "audit log",
    "API tokens",
    "API token to revoke",
    "alerts",
    "alert choices",
    "alerts of a team",
    "no mails of alerts",
    "no such page",
    "sandbox",
    "sandbox room",
    "sandbox workspace",
)
PAGES = (*PUBLIC, *PRIVATE)


@dataclass(frozen=True, slots=True)
class Scene:
    """The company, and where each page is."""

    company: Company
    paths: dict[str, str]


# Bots of the past that many were told to leave with, each with another end.
_BATCH = """
from datetime import timedelta
from django.utils import timezone
from bots.models import Batch, Bot, Workspace
workspace = Workspace.objects.get(slug="demo-scene")
batch = Batch.objects.create(workspace=workspace, created_at=timezone.now())
for bot in Bot.objects.filter(workspace=workspace, phase="finished")[:3]:
    batch.items.create(bot=bot, why_not="The bot has left already.")
for state in ("waiting", "accepted", "confirmed", "refused"):
    bot = Bot.objects.filter(workspace=workspace, phase="finished").exclude(
        pk__in=batch.items.values("bot")
    ).first()
    now = timezone.now()
    order = bot.orders.create(
        action="leave", state=state, created_at=now, due_at=now + timedelta(days=1),
        expires_at=now + timedelta(days=2),
        error="Recall refused this." if state == "refused" else "",
    )
    batch.items.create(bot=bot, order=order)
print(batch.pk)
"""
_LOOK_AGAIN = """
from bots.models import Workspace
Workspace.objects.filter(slug="demo-scene").update(discovered_at=None)
"""
_SHARE = """
from django.utils import timezone
from bots import shares
from bots.models import Bot, PolicyVersion, Recording, Workspace
recording = Recording.objects.get(pk=int("{recording}"))
now = timezone.now()
PolicyVersion.objects.save_team(
    recording.bot.team, {{"share_links": "operators"}}, by=None, now=now
)
membership = recording.workspace.memberships.get(role="owner")
made = [
    shares.make(membership, recording, shares.Wish(label=label, days=7), now=now)
    for label in ("For Acme", "Taken back")
]
shares.revoke(membership, made[1][0], now=now)
print(*(token for _, token in made))
"""

_INVITE = """
from django.utils import timezone
from bots.models import ApiToken, Invitation, Workspace
workspace = Workspace.objects.get(slug="demo-scene")
made, token = Invitation.objects.invite(
    workspace,
    "zoe@demo-scene.example",
    role="lead",
    teams=workspace.teams.all(),
    by=workspace.memberships.get(role="owner").user,
    now=timezone.now(),
)
ApiToken.objects.make(
    workspace, name="CRM sync", scopes=["read"], by=made.by, created_at=timezone.now()
)
print(token)
"""


def build(house: House) -> Scene:
    """A past of a dozen meetings, a bot that records, one that is to come and one that failed."""
    company = found(house, "demo-scene", {"sara": "owner", "vic": "viewer"})
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    bots = {
        LIVE: {"meeting_url": f"https://meet.google.com/{ROOM}"},
        UPCOMING: {"meeting_url": "https://us02web.zoom.us/j/81234567890", "join_at": later},
        FAILED: {"meeting_url": "https://meet.google.com/bad-pass-wrd"},
    }
    for title, body in bots.items():
        options = {"transcript": {"provider": {"recallai_streaming": {}}}}
        company.sandbox.api(
            "POST", "bot/", metadata={"title": title}, recording_config=options, **body
        )
    # The first look may have come before them, and the next comes when somebody watches.
    house.manage("shell", "-c", _LOOK_AGAIN)
    company.sandbox.do(ROOM, "admit")
    company.sandbox.advance(40, room=ROOM)
    cookies = {COOKIE: company.sessions["sara"]}
    with httpx.Client(base_url=house.url, cookies=cookies, trust_env=False) as browser:
        rooms = company.sandbox.control("GET", "rooms/")["rooms"]
        room = next(row["pk"] for row in rooms if ROOM in row["url"])
        token = house.manage("shell", "-v", "0", "-c", _INVITE).strip()
        paths = _paths(company.home, browser, room=room)
        batch = house.manage("shell", "-c", _BATCH).split()[-1]
        paths["batch"] = f"{company.home}leave-all/{batch}/"
        recording = paths["recording"].rstrip("/").rpartition("/")[2]
        links = house.manage("shell", "-v", "0", "-c", _SHARE.format(recording=recording))
        paths["shared"], paths["shared no more"] = (f"/s/{link}/" for link in links.split())
        return Scene(company, paths | {"invitation": f"/invitation/{token}/"})


def _dry_run(page: str, browser: httpx.Client) -> tuple[str, str]:
    """A dry run of quick timers against slow ones: where it and one of its meetings are shown."""
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(page).text)
    assert token, "the dry run has no form"
    form = {"csrfmiddlewaretoken": token[1], "before": "safe", "after": "aggressive"}
    result = browser.post(page, data=form).headers["location"]

    def tried() -> str:
        meeting = re.search(rf'href="({result}\d+/)"', browser.get(result).text)
        return meeting[1] if meeting else ""

    return result, eventually(tried, within_s=30)


def _paths(home: str, browser: httpx.Client, *, room: int) -> dict[str, str]:
    def bot(title: str, *, words: str) -> str:
        """The page of that bot, as soon as these words stand on it."""

        def look() -> str:
            row = re.search(rf'href="({home}bots/\d+/)">{title}<', browser.get(home).text)
            return row[1] if row and words in browser.get(row[1]).text else ""

        return eventually(look, within_s=30)

    live, failed = bot(LIVE, words='data-phase="recording"'), bot(FAILED, words="password")
    upcoming = bot(UPCOMING, words="Cancel bot")

    def past() -> str:
        rows = re.findall(rf'href="({home}bots/\d+/)"', browser.get(f"{home}?q=Customer+call").text)
        gone = (live, failed, upcoming)
        return next((row for row in rows if row not in gone), "")

    finished = eventually(past, within_s=30)

    def filmed() -> str:
        match = re.search(rf"{home}recordings/\d+/", browser.get(finished).text)
        return match[0] if match else ""

    recording = eventually(filmed, within_s=30)
    eventually(lambda: "speaker" in browser.get(f"{recording}?transcript=1").text)
    sandbox = browser.get("/sandbox/").text
    workspace = re.search(r'"(/sandbox/workspaces/\d+/)">demo-scene<', sandbox)
    assert workspace, "the sandbox's page does not name the workspace"
    webhook = re.search(rf'"({home}deliveries/\d+/)"', browser.get(f"{home}deliveries/").text)
    assert webhook, "no webhook has come"
    policy = str(browser.get(f"{home}policy/", follow_redirects=True).url.path)
    result, meeting = _dry_run(f"{policy}dry-run/", browser)
    listed = browser.get(f"{home}members/").text
    vic = re.search(rf'href="({home}members/\d+/)remove/"', listed)
    teams = re.search(rf'href="({home}teams/\d+/)"', browser.get(f"{home}teams/").text)
    assert vic
    assert teams
    member, team = vic[1], teams[1]
    token = re.search(rf'href="({home}api/\d+/revoke/)"', browser.get(f"{home}api/").text)
    assert token, "there is no token of the API"
    return {
        "sign in": "/login/",
        "forgotten": "/account/reset/",
        "invitation that ended": "/invitation/long-gone/",
        "account": "/account/",
        "sessions": "/account/sessions/",
        "password": "/account/password/",
        "second step": "/account/second-step/",
        "is it you": "/account/confirm/?next=/account/second-step/on/",
        "bots": home,
        "bots narrowed": f"{home}?q=nothing-like-that",
        "send": f"{home}send/?url=https://meet.google.com/{ROOM}",
        "leave all": f"{home}leave-all/",
        "upcoming": f"{home}upcoming/",
        "live bot": live,
        "upcoming bot": upcoming,
        "failed bot": failed,
        "finished bot": finished,
        "deliveries": f"{live}deliveries/",
        "start": f"{live}start/",
        "leave": f"{live}leave/",
        "reschedule": f"{upcoming}reschedule/",
        "cancel": f"{upcoming}cancel/",
        "recordings": f"{home}recordings/",
        "recording": recording,
        "transcript": f"{recording}?transcript=1",
        "search": f"{home}search/?q=the",
        "share": f"{recording}share/",
        "shares": f"{home}shares/",
        "delete recording": f"{recording}delete/",
        "delete bot": f"{finished}delete/",
        "persons": f"{home}persons/",
        "persons found": f"{home}persons/?q=an",
        "policy": policy,
        "policy default": f"{home}policy/workspace/",
        "policy history": f"{policy}history/",
        "policy version": f"{policy}history/1/",
        "dry run": f"{policy}dry-run/",
        "dry run result": result,
        "dry run meeting": meeting,
        "notetakers shared": f"{home}notetakers/shared/",
        "notetakers": str(browser.get(f"{home}notetakers/", follow_redirects=True).url.path),
        "settings": f"{home}settings/",
        "doctor": f"{home}doctor/",
        "webhooks": f"{home}deliveries/",
        "webhook": webhook[1],
        "calls": f"{home}calls/",
        "members": f"{home}members/",
        "member": f"{member}",
        "member to remove": f"{member}remove/",
        "roles": f"{home}members/roles/",
        "teams": f"{home}teams/",
        "team": team,
        "team to archive": f"{team}archive/",
        "audit log": f"{home}audit/",
        "API tokens": f"{home}api/",
        "API token to revoke": token[1],
        "alerts": f"{home}alerts/",
        "alert choices": f"{home}alerts/choices/",
        "alerts of a team": f"{team}alerts/",
        "no mails of alerts": "/alerts/off/nobody/",
        "no such page": f"{home}no-such-page/",
        "sandbox": "/sandbox/",
        "sandbox room": f"/sandbox/rooms/{room}/",
        "sandbox workspace": workspace[1],
    }
