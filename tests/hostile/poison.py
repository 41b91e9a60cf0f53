"""A workspace in which every foreign text is the same hostile words."""

import json
import uuid
from typing import Any

from bots.lifecycle import Action
from bots.models import (
    ApiToken,
    AuditEvent,
    Batch,
    Bot,
    Call,
    Delivery,
    DryRun,
    Invitation,
    Picture,
    PolicyVersion,
    Recording,
    Share,
    Transcript,
    Workspace,
)
from tests.test_trials import A_TRIAL
from tests.world import NOW, at, make_bot


def poison(workspace: Workspace, person: Any, text: str) -> dict[str, Any]:
    """Write `text` wherever words of others are kept; what addresses need to name it all."""
    team = workspace.default_team
    workspace.name = text[:100]
    workspace.key_problem = workspace.last_refusal = text
    workspace.last_refused_at = workspace.last_delivery_at = NOW
    workspace.notetaker_names = [text[:100], "Otter"]
    workspace.save()
    team.name, team.added_names, team.excluded_names = text[:100], [text[:100]], ["Otter"]
    team.save()
    person.first_name, person.last_name = text[:150], text[:150]
    person.email = f"{text[:60]}@zzq.example"
    person.save()
    ApiToken.objects.make(workspace, name=text[:80], scopes=["read"], by=person, created_at=NOW)
    bot = make_bot(
        workspace,
        title=text[:200],
        name=text[:100],
        meeting_url=f"https://meet.example.com/{text}",
        meeting_key=text[:300],
        platform=text[:200],
        failure=text,
        sent_by=person,
        request={"metadata": {text: text}, "bot_name": text},
        asked={"title": text},
        config={"metadata": {text: text}, "bot_name": text, "meeting_url": text},
        code=text[:200],
        sub_code=text[:200],
    )
    for n, code in enumerate(("joining_call", "in_call_recording", text[:200], "fatal")):
        bot.status_changes.create(
            code=code, sub_code=text[:200], message=text, at=at(n), source="sync", learnt_at=at(n)
        )
    Bot.objects.filter(pk=bot.pk).update(code=text[:200], sub_code=text[:200])
    order = bot.orders.create(
        action=Action.CHAT if hasattr(Action, "CHAT") else Action.PAUSE,
        by=person, body={"message": text}, error=text, error_code=text[:200],
        state="refused", created_at=NOW, due_at=NOW, expires_at=NOW,
    )  # fmt: skip
    recording = Recording.objects.create(
        workspace=workspace, bot=bot, recall_id=uuid.uuid4(), status=text[:200],
        sub_code=text[:200], status_at=NOW, created_at=NOW, details_at=NOW,
    )  # fmt: skip
    film = recording.artifacts.create(
        kind="video_mixed", recall_id=uuid.uuid4(), status="done", status_at=NOW, format=text[:200]
    )
    for kind in ("meeting_metadata", text[:200]):
        recording.artifacts.create(
            kind=kind, recall_id=uuid.uuid4(), status="done", status_at=NOW, sub_code=text[:200],
            data={"title": text, text: text},
        )  # fmt: skip
    guest = bot.participants.create(number=100, name=text, platform=text[:200], email=text)
    recording.participant_events.create(participant=guest, action="join", at=NOW, offset_s=0)
    recording.participant_events.create(
        participant=guest, action="chat_message", at=at(1), offset_s=1, text=text,
        sent_to=text[:200],
    )  # fmt: skip
    recording.participant_events.create(
        participant=guest, action=text[:200], at=at(2), offset_s=2, text=text
    )
    line = {"speaker": text, "start_s": 1.0, "end_s": 2.0, "text": text}
    Transcript.objects.keep(recording, [line, line], now=NOW)
    share, _ = Share.objects.make(
        recording, by=person, label=text[:80], created_at=NOW, expires_at=at(9_999_999)
    )
    delivery = Delivery.objects.create(
        workspace=workspace, bot=bot, message_id=text.encode("ascii", "replace").decode()[:200],
        event=text[:200], body=json.dumps({"event": text, "data": {text: text}}).encode(),
        received_at=NOW, state="failed", error=text,
    )  # fmt: skip
    version = PolicyVersion.objects.save_team(
        team, {"bot_name": text[:100], "chat_on_join": text[:500]}, by=person,
        note=text[:100], now=NOW,
    )  # fmt: skip
    run = DryRun.objects.create(
        workspace=workspace, team=team, state=DryRun.State.FINISHED, by=person, error=text,
        results=[A_TRIAL | {"bot": bot.pk, "harm": [text], "ending": text}], created_at=NOW,
    )  # fmt: skip
    batch = Batch.objects.create(workspace=workspace, created_at=NOW, by=person)
    batch.items.create(bot=bot, why_not=text)
    invitation, token = Invitation.objects.invite(
        workspace, f"{text[:40]}@zzq.example", role="viewer", teams=[team], by=person, now=NOW
    )
    AuditEvent.objects.record(
        workspace, "bot.sent", by=person, now=NOW, target=bot, what=text, detail={text: text}
    )
    Call.objects.create(
        workspace=workspace, at=NOW, lane="click", endpoint=text[:200], method="GET",
        path=text[:300], error=text[:200], status=200,
    )  # fmt: skip
    membership = person.memberships.get(workspace=workspace)
    return {
        "run": run.pk, "bot": bot.pk, "bots": bot.pk, "leave-all": batch.pk, "orders": order.pk,
        "recordings": recording.pk, "artifacts": film.pk, "notetakers": team.pk, "policy": team.pk,
        "teams": team.pk, "members": membership.pk, "invitations": invitation.pk, "token": token,
        "deliveries": delivery.pk, "shares": share.pk, "number": version.number,
        "digest": Picture.keep(workspace, b"jpeg", width=16, height=9).digest,
        "workspace/object_id": workspace.pk, "team/object_id": team.pk, "bot/object_id": bot.pk,
        "delivery/object_id": delivery.pk, "order/object_id": order.pk,
        "recording/object_id": recording.pk, "user/id": person.pk,
    }  # fmt: skip
