"""Who gets in where: for every address one line, and for every kind of line who is let through.

A new address fails `tests/test_access.py` until it has its line here: its name, who may GET it
and who may POST to it. A new kind of thing in an address is made in `things`.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from bots import archive
from bots.lifecycle import Action
from bots.models import (
    Alert,
    AlertAddress,
    ApiToken,
    Assistant,
    Batch,
    Consent,
    Delivery,
    DryRun,
    Invitation,
    KeptFile,
    Membership,
    PersonErasure,
    Picture,
    PolicyVersion,
    Poster,
    Recording,
    Role,
    Share,
    Transcript,
    Workspace,
)
from bots.rights import Right
from tests.test_trials import A_TRIAL
from tests.world import NOW, make_bot

# Kinds of lines that are no right of a role.
NO = "nobody: 405"
PUBLIC = "everybody"
SIGNED = "whoever is signed in"
SEE = "members who see the team's meetings; for others there is nothing"
STEER = "operators in the team"
LEADS = "leads of the team"
LEADS_SEEN = "leads of the team; for whoever doesn't see its meetings there is nothing"
STEPPED = "whoever has a second step, which nobody here has; for others there is nothing"
BY_TOKEN = "whoever has a token of the API: no session counts (401)"
NOWHERE = "nobody: there is nothing (404)"
OF_OTHERS = "the sandbox: another company, which asks nobody who they are"

LOOK, OPERATE, EVERYWHERE, CONNECT, WATCH, PEOPLE, ERASE, AUDIT, ASSIST, API, OWN = (
    Right.LOOK, Right.OPERATE, Right.EVERYWHERE, Right.CONNECT, Right.WATCH, Right.PEOPLE,
    Right.ERASE, Right.AUDIT, Right.ASSIST, Right.API,
    Right.OWN,
)  # fmt: skip

# By name of the address: (who may GET, who may POST).
TABLE: dict[str, tuple[str, str]] = {
    # The house and its doors
    "home": (SIGNED, NO),
    "healthz": (PUBLIC, NO),
    "readyz": (PUBLIC, NO),
    "metrics": (NOWHERE, NO),
    "login": (PUBLIC, PUBLIC),
    "logout": (PUBLIC, PUBLIC),
    "try": (NO, PUBLIC),
    "webhook": (NO, PUBLIC),
    "realtime": (NO, PUBLIC),
    "send": (SIGNED, NO),
    # What outsiders with a share link see
    "shared": (PUBLIC, NO),
    "shared_film": (PUBLIC, NO),
    # What programs with a token see; who is let in by which is told in tests/api
    "api_openapi": (PUBLIC, NO),
    "api_bots": (BY_TOKEN, NO),
    "api_bot": (BY_TOKEN, NO),
    **dict.fromkeys(
        ("api_messages", "api_pause", "api_resume", "api_start", "api_stop", "api_leave",
         "api_cancel", "api_share", "api_unshare", "api_initiate"),
        (NO, BY_TOKEN),
    ),
    "api_order": (BY_TOKEN, NO),
    "api_assistants": (BY_TOKEN, NO),
    "api_nowhere": (NOWHERE, NOWHERE),
    "api_unknown": (NOWHERE, NOWHERE),
    # Accounts
    "account_login": (PUBLIC, PUBLIC),
    "account": (SIGNED, SIGNED),
    "account_signup": (PUBLIC, PUBLIC),
    "invitation": (PUBLIC, PUBLIC),
    "sessions": (SIGNED, SIGNED),
    "account_inactive": (PUBLIC, NO),
    "account_change_password": (SIGNED, SIGNED),
    "account_reauthenticate": (SIGNED, SIGNED),
    "account_reset_password": (PUBLIC, PUBLIC),
    "account_reset_password_done": (PUBLIC, NO),
    "account_reset_password_from_key": (PUBLIC, PUBLIC),
    "account_reset_password_from_key_done": (PUBLIC, NO),
    "mfa_index": (SIGNED, NO),
    "mfa_authenticate": (PUBLIC, PUBLIC),
    "mfa_reauthenticate": (SIGNED, SIGNED),
    "mfa_activate_totp": (SIGNED, SIGNED),
    "mfa_deactivate_totp": (STEPPED, STEPPED),
    "mfa_view_recovery_codes": (STEPPED, NO),
    "mfa_generate_recovery_codes": (SIGNED, SIGNED),
    "mfa_download_recovery_codes": (STEPPED, STEPPED),
    "sso": (PUBLIC, PUBLIC),
    "openid_connect_callback": (PUBLIC, PUBLIC),
    # A workspace
    "bots": (LOOK, NO),
    "notices": (LOOK, NO),
    "alerts": (LOOK, NO),
    "alerts_read": (NO, LOOK),
    "alerts_open": (SEE, NO),
    "alerts_off": (PUBLIC, PUBLIC),
    "alert_choices": (LOOK, LOOK),
    "alert_choices_mails": (NO, LOOK),
    "alert_choices_team": (LEADS, LEADS),
    "alert_choices_add": (NO, LEADS),
    "alert_choices_test": (NO, LEADS),
    "alert_choices_remove": (NO, LEADS),
    "search": (LOOK, NO),
    "recognise": (NO, OPERATE),
    "send_to": (LOOK, OPERATE),
    "send_options": (OPERATE, NO),
    "leave_all": (OPERATE, OPERATE),
    "batch": (SEE, NO),
    "notetakers_of": (LOOK, NO),
    "notetakers_shared": (LOOK, EVERYWHERE),
    "notetakers": (LOOK, LEADS),
    # Policies
    "policy_of": (LOOK, NO),
    "policy_picture": (LOOK, NO),
    "policy": (LOOK, LEADS),
    "policy_check": (NO, LEADS),
    "policy_try": (NO, LEADS),
    "policy_scheduled": (LOOK, LEADS),
    "policy_history": (LOOK, NO),
    "policy_version": (LOOK, NO),
    "policy_restore": (NO, LEADS),
    "policy_default": (LOOK, EVERYWHERE),
    "policy_default_check": (NO, EVERYWHERE),
    "policy_default_try": (NO, EVERYWHERE),
    "policy_default_scheduled": (LOOK, EVERYWHERE),
    "policy_default_history": (LOOK, NO),
    "policy_default_version": (LOOK, NO),
    "policy_default_restore": (NO, EVERYWHERE),
    "dry_runs": (SEE, LEADS_SEEN),
    "dry_run": (SEE, NO),
    "dry_run_meeting": (SEE, NO),
    # Settings
    "settings": (LOOK, CONNECT),
    "secret": (NO, CONNECT),
    "settings_doctor": (CONNECT, CONNECT),
    "deliveries": (WATCH, NO),
    "deliveries_one": (WATCH, NO),
    "deliveries_replay": (NO, WATCH),
    "calls": (WATCH, NO),
    "members": (LOOK, PEOPLE),
    "members_roles": (LOOK, NO),
    "members_leave": (LOOK, LOOK),
    "members_one": (PEOPLE, PEOPLE),
    "members_remove": (PEOPLE, PEOPLE),
    "members_again": (NO, PEOPLE),
    "members_revoke": (NO, PEOPLE),
    "teams": (LOOK, PEOPLE),
    "teams_workspace": (NO, OWN),
    "teams_one": (PEOPLE, PEOPLE),
    "teams_archive": (PEOPLE, PEOPLE),
    "teams_restore": (NO, PEOPLE),
    "shares": (Right.LEAD, NO),
    "shares_revoke": (NO, LEADS_SEEN),
    "shares_of_team": (NO, LEADS),
    "persons": (ERASE, NO),
    "persons_ask": (NO, ERASE),
    "persons_export": (NO, ERASE),
    "persons_one": (ERASE, ERASE),
    "audit": (AUDIT, NO),
    "audit_export": (NO, AUDIT),
    "api_tokens": (API, API),
    "api_tokens_revoke": (API, API),
    # One bot, its orders, its recordings
    "bot": (SEE, NO),
    "refresh": (NO, STEER),
    "bot_said": (SEE, NO),
    "bot_deliveries": (LEADS_SEEN, NO),
    "bot_notetaker": (NO, LEADS_SEEN),
    "send_another": (NO, STEER),
    "delete_bot": (ERASE, ERASE),
    "delete_recordings": (LEADS_SEEN, LEADS_SEEN),
    "order": (STEER, STEER),
    "say": (NO, STEER),
    "show": (NO, STEER),
    "hide": (NO, STEER),
    "play": (NO, STEER),
    "assistants": (LOOK, NO),
    "assistants_new": (ASSIST, ASSIST),
    "assistants_one": (LOOK, OPERATE),
    "assistants_edit": (ASSIST, ASSIST),
    "assistants_try": (NO, ASSIST),
    "assistants_remove": (NO, ASSIST),
    "silence": (NO, STEER),
    "let_speak": (NO, STEER),
    "summary": (SEE, STEER),
    "consent": (NO, STEER),
    "consent_record": (SEE, NO),
    "leave_rules": (STEER, STEER),
    "leave_rule_back": (NO, STEER),
    "withdraw": (NO, STEER),
    "schedule_instead": (NO, STEER),
    "recordings": (LOOK, NO),
    "upcoming": (LOOK, NO),
    "recording": (SEE, NO),
    "recording_poster": (SEE, NO),
    "delete_recording": (LEADS_SEEN, LEADS_SEEN),
    "transcript": (SEE, NO),
    "share": (SEE, STEER),
    "transcript_lines": (SEE, NO),
    "transcript_find": (SEE, NO),
    "transcript_state": (SEE, NO),
    "transcribe": (NO, STEER),
    "kept_file": (SEE, NO),
    "media": (SEE, NO),
    "keeping": (SEE, STEER),
    "kept_copy": (SEE, NO),
    "kept_stop": (NO, STEER),
    "kept_again": (NO, STEER),
    "kept_check": (NO, STEER),
    "kept_until": (NO, EVERYWHERE),
    "kept_delete": (NO, EVERYWHERE),
    "track": (SEE, NO),
    # The sandbox
    **dict.fromkeys(
        ("sandbox-home", "sandbox-room", "sandbox-act", "sandbox-workspace", "sandbox-change",
         "download-of-the-sandbox", "media-of-the-sandbox", "sandbox-api", "sandbox-control"),
        (OF_OTHERS, OF_OTHERS),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks: a member of Acme (role, whether in the team Sales), or none."""

    name: str
    role: str = ""
    is_in_team: bool = False
    is_signed_in: bool = True

    def may(self, right: str) -> bool:
        return Membership(role=self.role).may(Right(right))

    def belongs(self) -> bool:
        return self.is_in_team or self.may(Right.EVERYWHERE)


CAST = (
    Person("owner", Role.OWNER),
    Person("admin", Role.ADMIN),
    Person("lead", Role.LEAD, is_in_team=True),
    Person("lead-elsewhere", Role.LEAD),
    Person("operator", Role.OPERATOR, is_in_team=True),
    Person("operator-elsewhere", Role.OPERATOR),
    Person("viewer", Role.VIEWER, is_in_team=True),
    Person("viewer-elsewhere", Role.VIEWER),
    Person("owner-of-another"),
    Person("in-no-workspace"),
    Person("stranger", is_signed_in=False),
)


def outcome(kind: str, person: Person, *, is_private: bool) -> str:
    """What that person gets: "ok", "door" (sign in first), "403", "404" or "405"."""
    if kind == PUBLIC:
        return "ok"
    if kind in (BY_TOKEN, NOWHERE):
        return "401" if kind == BY_TOKEN else "404"
    if not person.is_signed_in:
        return "door"
    if kind == NO:
        return "405"
    if kind == SIGNED:
        return "ok"
    if kind == STEPPED:
        return "404"
    if not person.role:
        return "404"
    hidden = is_private and not person.belongs()
    if kind == SEE:
        return "404" if hidden else "ok"
    if kind == LEADS:
        return "ok" if person.may(Right.LEAD) and person.belongs() else "403"
    if kind == LEADS_SEEN:
        return "404" if hidden else outcome(LEADS, person, is_private=False)
    if kind == STEER:
        if not person.may(Right.OPERATE):
            return "403"
        return "404" if hidden else "ok" if person.belongs() else "403"
    return "ok" if person.may(kind) else "403"


def make_things(workspace: Workspace, vera: Membership) -> dict[str, Any]:
    """One of each thing that an address can name, by the word that it stands behind there."""
    team = workspace.default_team
    bot = make_bot(workspace, title=f"Secret of {workspace}")
    recording = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status_at=NOW, created_at=NOW
    )
    order = bot.orders.create(action=Action.PAUSE, created_at=NOW, due_at=NOW, expires_at=NOW)
    artifact = recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW
    )
    track = artifact.tracks.create(n=0, name="Ann")
    Poster.objects.create(recording=recording, media_type="image/jpeg", picture=b"jpeg", digest="d")
    said = Transcript.objects.create(recording=recording, fetched_at=NOW)
    kept = KeptFile.objects.create(
        workspace=workspace, recording=recording, artifact=artifact, kind="video_mixed",
        label="Video", file_name="Secret.mp4", path=archive.new_name(workspace.pk, "mp4"),
        state=KeptFile.State.FAILED, created_at=NOW, due_at=NOW,
    )  # fmt: skip
    PolicyVersion.objects.save_team(team, {"share_links": "operators"}, by=None, now=NOW)
    share, _ = Share.objects.make(recording, by=None, label="Acme", created_at=NOW, expires_at=NOW)
    run = DryRun.objects.create(
        workspace=workspace, team=team, state=DryRun.State.FINISHED,
        results=[A_TRIAL | {"bot": bot.pk}], created_at=NOW,
    )  # fmt: skip
    batch = Batch.objects.create(workspace=workspace, created_at=NOW)
    batch.items.create(bot=bot, why_not="It had left.")
    invitation, _ = Invitation.objects.invite(
        workspace, "zoe@example.com", role="viewer", teams=[team], by=None, now=NOW
    )
    delivery = Delivery.objects.create(
        workspace=workspace, message_id=f"msg_{workspace.pk}", event="bot.done", body=b"{}",
        received_at=NOW, bot=bot, state=Delivery.State.OBSERVED,
    )  # fmt: skip
    alert = Alert.objects.create(
        workspace=workspace, team=team, bot=bot, kind="waiting", subject=f"bot:{bot.pk}",
        sentence="It waits.", since=NOW, raised_at=NOW,
    )  # fmt: skip
    asked = {"needs": "host", "question": "May I?", "no_does": "stop", "created_at": NOW}
    Consent.objects.create(bot=bot, **asked)
    assistant = Assistant.objects.create(
        workspace=workspace, name="Scribe", kind="echo", created_at=NOW
    )
    rule = bot.leave_rules.create(when="joined", after_s=60, created_at=NOW)
    chat = AlertAddress.objects.create(
        workspace=workspace, team=team, name="#sales", url="https://chat.example/x",
        kinds=["waiting"], created_at=NOW, next_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    token, _ = ApiToken.objects.make(workspace, name="CRM", scopes=["read"], created_at=NOW)
    return {
        "alerts": alert, "api": token, "artifacts": artifact, "assistants": assistant,
        "bots": bot, "chats": chat,
        "deliveries": delivery, "invitations": invitation,
        "kept": kept,
        "leave-all": batch, "leave-rules": rule, "members": vera, "notetakers": team,
        "orders": order,
        "persons": PersonErasure.objects.create(
            workspace=workspace, called=["Ann"], token="t", created_at=NOW
        ),
        "pictures": Picture.keep(workspace, b"jpeg of %d" % workspace.pk, width=16, height=9),
        "policy": team, "recordings": recording, "run": run, "said": said, "shares": share,
        "teams": team, "tracks": track,
    }  # fmt: skip


def arguments(name: str, pattern: Any, things: dict[str, Any]) -> dict[str, Any]:
    """What the address of that name is made with; KeyError where a new thing must be made above."""
    words = {
        "slug": "acme", "action": Action.LEAVE, "which": "file", "token": "nobody",
        "what": "transcript", "ending": "csv" if name == "audit_export" else "txt", "number": 1,
        "digest": things["pictures"].digest, "run": things["run"].pk, "bot": things["bots"].pk,
        "of": things["said"].pk,
        "provider_id": "nobody", "rest": "nowhere/",
        "bot_id": things["bots"].pk, "order_id": things["orders"].pk,
        "uidb36": "1", "key": "set-password",
    }  # fmt: skip
    wanted = set(pattern.converters) or set(pattern.regex.groupindex)
    if "pk" in wanted:
        noun = str(pattern).partition("<int:pk>")[0].strip("/").rpartition("/")[2]
        words["pk"] = things[noun].pk
    return {word: words[word] for word in wanted}
