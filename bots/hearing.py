"""How well a workspace hears from Recall: what webhooks brought, and what only a look found."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models

from bots.models import Bot, StatusChange, Workspace

# A webhook may take so long, and be sent twice, before it is missed.
GRACE = timedelta(minutes=2)
# So long without any, while bots moved: Recall switches endpoints off that fail for days.
SILENCE = timedelta(hours=6)
DAY = timedelta(hours=24)
# What is looked at to see whether some webhooks are missing while others come; fewer than so many
# changes, and a smaller share, happen by chance.
LATELY = timedelta(hours=1)
FEW = 3
MANY_PERCENT = 10
# A bot meets some hours before the last that is heard of it.
LONGEST_MEETING = timedelta(hours=24)
# Webhooks that are signed five minutes away from now are refused.
SKEW_S = 120.0
# These stand in a bot's history, and no webhook tells them; the later ones are of older releases.
UNTOLD = ("ready", "recording_done", "media_expired", "analysis_done", "analysis_failed")


@dataclass(frozen=True, slots=True)
class Share:
    """Of the changes of a day: how many webhooks told, and how many only a look at Recall did."""

    heard: int
    missed: int

    @property
    def total(self) -> int:
        return self.heard + self.missed

    @property
    def missed_percent(self) -> int:
        """Rounded so that 0 and 100 mean none and all."""
        if not self.missed or not self.heard:
            return 100 if self.missed else 0
        return min(max(round(100 * self.missed / self.total), 1), 99)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong between a workspace and Recall, and what helps. `tone`: "amber" or "red"."""

    key: str
    sentence: str
    cure: str
    tone: str = "amber"


def share(workspace: Workspace, *, now: datetime, within: timedelta = DAY) -> Share:
    """What the webhooks of the last 24 hours told, as far as they are no longer on their way."""
    first = workspace.secrets.order_by("created_at").values_list("created_at", flat=True).first()
    if first is None or workspace.is_sync_only:
        return Share(0, 0)
    told = _to_be_told(workspace, now, since=max(first, now - within)).aggregate(
        heard=models.Count("pk", filter=~_UNHEARD), missed=models.Count("pk", filter=_UNHEARD)
    )
    return Share(told["heard"], told["missed"])


def note_shares(now: datetime) -> None:
    """Note with each workspace how much of the last hour its webhooks missed."""
    for workspace in Workspace.objects.exclude(last_delivery_at=None):
        lately = share(workspace, now=now, within=LATELY)
        percent = lately.missed_percent if lately.missed >= FEW else 0
        Workspace.objects.filter(pk=workspace.pk).exclude(missed_percent=percent).update(
            missed_percent=percent
        )


def troubles(workspace: Workspace, *, now: datetime) -> list[Trouble]:
    """What leads and admins have to know on every page; costs nothing while webhooks come."""
    found = [*_of_the_key(workspace), *_of_the_clock(workspace, now)]
    if workspace.is_sync_only:
        return found
    last = workspace.last_delivery_at
    none_come = last is None or now - last >= GRACE
    broken = _of_webhooks(workspace, now) if none_come else []
    if not broken and workspace.missed_percent >= MANY_PERCENT:
        sentence = (
            f"Webhooks look broken in part: they missed {workspace.missed_percent} % of what "
            "happened in the last hour."
        )
        cure = "Look in Recall's dashboard which of them fail, and which events are chosen."
        broken = [Trouble("webhooks", sentence, cure)]
    return [*found, *broken]


def _of_the_key(workspace: Workspace) -> list[Trouble]:
    if problem := getattr(workspace.api_key, "problem", ""):
        cure = "Put that key back into ENCRYPTION_KEYS, or enter the API key again."
        return [Trouble("key", f"The API key can't be read. {problem}", cure, "red")]
    if workspace.key_problem:
        cure = "Until that is mended, nothing is fetched from Recall."
        return [Trouble("key", workspace.key_problem, cure, "red")]
    return []


def _of_the_clock(workspace: Workspace, now: datetime) -> list[Trouble]:
    skew_s, at = workspace.clock_skew_s, workspace.clock_checked_at
    if skew_s is None or at is None or now - at > DAY or abs(skew_s) <= SKEW_S:
        return []
    return [Trouble("clock", clocks(skew_s), "Set the server's clock; webhooks break at 5 min.")]


def _of_webhooks(workspace: Workspace, now: datetime) -> list[Trouble]:
    """Asked on every page of a lead: one query, which counts nothing."""
    last = workspace.last_delivery_at
    changes = _to_be_told(workspace, now, since=models.OuterRef("created_at")).filter(_UNHEARD)
    if last is not None:
        changes = changes.filter(at__gt=last)
    everyone = workspace.secrets.order_by("pk").annotate(missed=models.Exists(changes))
    secrets = list(everyone)
    current = [row for row in secrets if row.retires_at is None or row.retires_at > now]
    if not current:
        cure = "Paste the one from Recall's dashboard on the settings page."
        sentence = "There is no webhook secret, so every webhook is refused."
        return [Trouble("secret", sentence, cure)]
    if all(getattr(row.secret, "problem", "") for row in current):
        cure = "Put the key back into ENCRYPTION_KEYS, or paste the secret again."
        return [Trouble("secret", "No webhook secret can be read.", cure, "red")]
    if not any(row.missed for row in secrets):
        return []
    if last is None:
        sentence = "No webhook has ever come, although bots moved."
        cure = "Add this workspace's address in Recall's dashboard, under Webhooks."
    elif now - last >= SILENCE:
        sentence = (
            f"No webhook has come for {_span(now - last)}, while bots moved: the endpoint may be "
            "disabled at Recall."
        )
        cure = "Open Webhooks in Recall's dashboard and enable the endpoint."
    else:
        sentence = "Webhooks look broken: only looks at Recall found what changed last."
        cure = "Compare address, events and secret with Recall's dashboard."
    refused = workspace.last_refused_at
    if refused is not None and (last is None or refused > last) and now - refused < DAY:
        cure = f"{workspace.last_refusal} {cure}"
    return [Trouble("webhooks", sentence, cure)]


def clocks(skew_s: float) -> str:
    """How far this server's clock is off, as a sentence."""
    way = "behind" if skew_s > 0 else "ahead of"
    return f"This server's clock is {abs(skew_s):.0f} s {way} Recall's."


def _span(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"


_UNHEARD = models.Q(heard_at=None) & ~models.Q(source=Bot.Source.WEBHOOK)


def _to_be_told(
    workspace: Workspace, now: datetime, *, since: datetime | models.OuterRef
) -> models.QuerySet[StatusChange]:
    """The changes that webhooks should have told by now: since there has been a secret for them."""
    return (
        StatusChange.objects.filter(
            bot__workspace=workspace,
            bot__met_at__gte=now - DAY - LONGEST_MEETING,
            at__gte=now - DAY,
            learnt_at__lte=now - GRACE,
        )
        .filter(at__gte=since)
        .exclude(code__in=UNTOLD)
        # The history of a bot that failed may end with it; what counts has been told.
        .exclude(code="done", bot__code="fatal")
    )
