"""The connection doctor: is all well between a workspace and Recall, and what helps if not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bots import archive, connection, hearing, spending
from bots.connection import Clock, Verdict
from bots.models import Ear, Workspace

OK: Final = "ok"
WARNING: Final = "warning"
BAD: Final = "bad"
# Not tried, or nothing to say yet.
OPEN: Final = "open"

# A share of missed webhooks that is no accident any more, in percent.
MUCH = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, what is so and what to do about it.

    `at` is a moment that belongs to the sentence.
    """

    name: str
    state: str
    sentence: str
    cure: str = ""
    at: datetime | None = None


def check(workspace: Workspace, *, clock: Clock) -> Verdict:
    """Ask Recall about the stored key, in its region and then in the others; keep the answer."""
    return connection.check(workspace, clock=clock)


def examine(
    workspace: Workspace, *, now: datetime, verdict: Verdict | None = None
) -> list[Finding]:
    """Everything that can be said without a call; with what `check` has just found.

    With a verdict the storage of copies is tried out, too.
    """
    return [
        *_key(workspace, verdict),
        *_secret(workspace, now),
        _last_delivery(workspace, now),
        *_last_refusal(workspace),
        _share(workspace, now),
        _live(workspace),
        _clock(workspace),
        _budget(workspace, now),
        _archive(is_tried=verdict is not None),
    ]


def _key(workspace: Workspace, verdict: Verdict | None) -> list[Finding]:
    region = connection.region_name(workspace.region)
    at = workspace.key_checked_at or workspace.discovered_at
    if problem := getattr(workspace.api_key, "problem", ""):
        cure = "Put that key back into ENCRYPTION_KEYS, or enter the API key again."
        return [
            Finding("API key", BAD, f"It can't be read. {problem}", cure),
            Finding("Region", OPEN, f"{region}; it can be tried once there is a key."),
        ]
    if not workspace.api_key:
        cure = "Paste the one from Recall's dashboard: Developers, API Keys."
        return [
            Finding("API key", BAD, "There is none yet.", cure),
            Finding("Region", OPEN, f"{region}; it can be tried once there is a key."),
        ]
    if verdict is not None and not verdict.is_certain:
        return [
            Finding("API key", WARNING, verdict.sentence, "Check again in a minute.", at),
            Finding("Region", OPEN, f"{region}; Recall gave no answer to tell."),
        ]
    if verdict is not None and verdict.region and not verdict.fits:
        right = connection.region_name(verdict.region)
        return [
            Finding("API key", OK, "Recall knows it, in another region.", at=at),
            Finding(
                "Region",
                BAD,
                f"{region} is set, and the key belongs to {right} ({verdict.region}).",
                f"Choose {right} in the settings and save.",
            ),
        ]
    if workspace.key_problem:
        cure = "Compare it with Recall's dashboard: Developers, API Keys."
        return [
            Finding("API key", BAD, workspace.key_problem, cure, at),
            Finding("Region", OPEN, f"{region}; *Check now* tries the others, too."),
        ]
    if at is None:
        return [Finding("API key", OPEN, "Not tried yet.", "Check now.")]
    return [
        Finding("API key", OK, "Recall knows it.", at=at),
        Finding("Region", OK, f"The key belongs to {region}."),
    ]


def _secret(workspace: Workspace, now: datetime) -> list[Finding]:
    if workspace.is_sync_only:
        return [
            Finding(
                "Webhook address",
                WARNING,
                "Recall cannot reach this server: changes are fetched every few seconds instead.",
                "Set PUBLIC_URL to an address that Recall can reach.",
            )
        ]
    secrets = workspace.current_secrets(now)
    if not secrets:
        cure = "Paste the one from Recall's dashboard: Developers, API Keys & Secrets."
        return [Finding("Webhook secret", BAD, "There is none: every webhook is refused.", cure)]
    found = []
    if unread := [row for row in secrets if getattr(row.secret, "problem", "")]:
        problem = getattr(unread[0].secret, "problem", "")
        cure = "Put that key back into ENCRYPTION_KEYS, or paste the secret again."
        found.append(Finding("Unreadable secret", BAD, f"It can't be read. {problem}", cure))
        if len(unread) == len(secrets):
            return found
    used = max(
        (row for row in secrets if row.last_used_at is not None),
        key=lambda row: row.last_used_at or now,
        default=None,
    )
    if used is None:
        cure = "Send an example from Recall's dashboard, under Webhooks."
        sentence = "It is stored, and no webhook that it signed has come yet."
        found.append(Finding("Webhook secret", OPEN, sentence, cure))
        return found
    shown = str(used.secret)  # dots and its end
    if used.retires_at is not None:
        cure = "Recall signs with the new one soon; if not, compare it with Recall's dashboard."
        sentence = f"The old one, {shown}, still signs."
        found.append(Finding("Webhook secret", WARNING, sentence, cure, used.last_used_at))
    else:
        sentence = f"{shown} signs what comes."
        found.append(Finding("Webhook secret", OK, sentence, at=used.last_used_at))
    return found


def _last_delivery(workspace: Workspace, now: datetime) -> Finding:
    if workspace.is_sync_only:
        return Finding("Last webhook", OPEN, "None can come.")
    last = workspace.last_delivery_at
    for trouble in hearing.troubles(workspace, now=now):
        if trouble.key == "webhooks":
            return Finding("Last webhook", BAD, trouble.sentence, trouble.cure, last)
    if last is None:
        cure = "Add this workspace's address in Recall's dashboard, under Webhooks."
        return Finding("Last webhook", OPEN, "None has come yet.", cure)
    return Finding("Last webhook", OK, "It was accepted.", at=last)


def _last_refusal(workspace: Workspace) -> list[Finding]:
    at, last = workspace.last_refused_at, workspace.last_delivery_at
    if at is None:
        return [Finding("Last refused", OK, "No webhook was refused.")]
    if last is not None and last > at:
        sentence = f"{workspace.last_refusal} Good ones have come since."
        return [Finding("Last refused", OK, sentence, at=at)]
    cure = "Whoever sent it is told the same reason; Recall's dashboard shows it with the attempt."
    return [Finding("Last refused", WARNING, workspace.last_refusal, cure, at)]


def _share(workspace: Workspace, now: datetime) -> Finding:
    name = "Told by webhooks"
    share = hearing.share(workspace, now=now)
    if not share.total:
        return Finding(name, OPEN, "There is nothing to count yet of the last 24 hours.")
    if not share.missed:
        changes = "change" if share.total == 1 else "changes"
        return Finding(name, OK, f"All {share.total} {changes} of the last 24 hours.")
    sentence = (
        f"Only looks at Recall found {share.missed} of {share.total} changes of the last 24 hours "
        f"({share.missed_percent} %)."
    )
    cure = "Subscribe the endpoint to all bot and recording events, and look at its failures."
    return Finding(name, BAD if share.missed_percent >= MUCH else WARNING, sentence, cure)


def _live(workspace: Workspace) -> Finding:
    """Whether what happens in meetings arrives while it happens: by the bots' own addresses."""
    name = "Live words"
    if workspace.is_sync_only:
        return Finding(name, OPEN, "None can come.")
    ears = Ear.objects.filter(bot__workspace=workspace)
    heard = ears.exclude(heard_at=None).order_by("-heard_at").first()
    refused = ears.exclude(refused_at=None).order_by("-refused_at").first()
    failed = ears.exclude(failed_at=None).order_by("-failed_at").first()
    at = heard.heard_at if heard else None
    if refused is not None and refused.refused_at and (at is None or refused.refused_at > at):
        cure = "These are signed with the workspace's secret: paste that one in the settings, too."
        return Finding(name, BAD, refused.refusal, cure, refused.refused_at)
    if failed is not None and failed.failed_at and (at is None or failed.failed_at > at):
        sentence = f"Recall could not reach us, and gave up. {failed.failure}".strip()
        cure = "Look whether PUBLIC_URL, with /realtime/ in it, leads here from outside."
        return Finding(name, BAD, sentence, cure, failed.failed_at)
    if at is None:
        return Finding(name, OPEN, "None have come yet. They come while a bot records.")
    return Finding(name, OK, "They come.", at=at)


def _archive(*, is_tried: bool) -> Finding:
    """Where copies of recordings are kept, tried by writing, reading and deleting a small file."""
    name, where = "Own copies", archive.where()
    if not is_tried:
        return Finding(name, OPEN, f"They are kept in {where}. Not tried just now.", "Check now.")
    if problem := archive.trial():
        cure = "Look at ARCHIVE_URL; the storage must let files be written, read and deleted."
        return Finding(name, BAD, problem, cure)
    return Finding(name, OK, f"Files can be written, read and deleted in {where}.")


def _clock(workspace: Workspace) -> Finding:
    skew_s = workspace.clock_skew_s
    if skew_s is None:
        return Finding("Clock", OPEN, "Not compared with Recall's yet.", "Check now.")
    if abs(skew_s) > hearing.SKEW_S:
        cure = "Set it by a time server: at five minutes every webhook is refused."
        return Finding("Clock", BAD, hearing.clocks(skew_s), cure, workspace.clock_checked_at)
    sentence = "This server's clock agrees with Recall's."
    return Finding("Clock", OK, sentence, at=workspace.clock_checked_at)


def _budget(workspace: Workspace, now: datetime) -> Finding:
    spent = spending.of(workspace, now=now)
    closed = [each for each in spent if each.closed_until is not None]
    if closed:
        names = ", ".join(each.name for each in closed)
        sentence = f"Recall asked for fewer calls: {names}."
        cure = "They go on by themselves."
        return Finding("Rate limits", WARNING, sentence, cure, closed[0].closed_until)
    if not spent:
        return Finding("Rate limits", OK, "No call within the last minute.")
    most = spent[0]
    sentence = f"Fullest: {most.name}, {most.used} of {most.limit} calls within the last minute."
    state = WARNING if most.used >= most.limit * 0.8 else OK
    return Finding("Rate limits", state, sentence)
