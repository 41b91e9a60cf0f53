"""The connection of a workspace to Recall: which region, which key, and whether they fit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bots import conf
from bots.budget import Ledger
from bots.models import Lane, Order, Workspace
from bots.recall import errors
from bots.recall.client import Recall

Clock = Callable[[], datetime]

# While Recall refuses the key, one call in so long finds out whether it still does.
LOCKED_OUT = timedelta(minutes=10)

REGIONS = {
    "us-west-2": "US West (Oregon): pay-as-you-go sign-ups land here",
    "us-east-1": "US East (Virginia): monthly plans",
    "eu-central-1": "Europe (Frankfurt)",
    "ap-northeast-1": "Asia (Tokyo)",
}


def region_name(region: str) -> str:
    """A region as people call it: "Europe (Frankfurt)"; one that we don't know as it came."""
    return REGIONS.get(region, region).partition(":")[0]


def recall(
    workspace: Workspace,
    *,
    lane: Lane = Lane.SYNC,
    order: Order | None = None,
    clock: Clock = timezone.now,
) -> Recall:
    """A client that speaks for the workspace, within its rate budget; close it after use.

    Its calls raise errors.OverBudget when the lane's share of a limit is used up. Raises
    errors.UnreadableKey where the stored key can't be opened.
    """
    if problem := workspace.api_key.problem:  # type: ignore[attr-defined]
        raise errors.UnreadableKey(code="unreadable_key", detail=problem)
    ledger = Ledger(workspace, lane, clock, order)
    return _client(workspace.api_key, workspace.region, ledger)


@dataclass(frozen=True)
class Verdict:
    """Whether Recall knows a key, and what to do if not; `region` is where it belongs."""

    fits: bool
    sentence: str
    region: str = ""
    is_certain: bool = True

    @property
    def is_refusal(self) -> bool:
        """Whether Recall itself said no, as against an answer that could not be had."""
        return self.is_certain and not self.fits


def judge(api_key: str, region: str, ledger: Ledger | None = None) -> Verdict:
    """Try a key in a region, and in the others when it is not known there. Never raises.

    With a ledger, these calls stand in the workspace's request log like all others.
    """
    try:
        _try(api_key, region, ledger)
    except errors.WrongKeyOrRegion as error:
        for other in REGIONS:
            if other != region and _is_known(api_key, other, ledger):
                where = f"{region_name(other)}, {other}"
                return Verdict(
                    False, f"This key belongs to {where}. Choose that region instead.", other
                )
        return Verdict(False, error.sentence)
    except errors.RecallError as error:
        return Verdict(False, error.sentence, is_certain=False)
    return Verdict(True, f"Recall knows this key in {region_name(region)}.", region)


def connect(
    workspace: Workspace,
    *,
    api_key: str,
    region: str,
    now: datetime,
    kept: Callable[[], object] = lambda: None,
) -> Verdict:
    """Try a key and store it unless Recall refuses it; what could not be tried is stored too.

    A key that belongs to another region is stored with that region, and the verdict says so.
    `kept` is called in the transaction that stores it.
    """
    verdict = judge(api_key, region, Ledger(workspace, Lane.CLICK, timezone.now))
    if verdict.is_refusal and verdict.region:
        region = verdict.region
        sentence = f"This key belongs to {region_name(region)}, so that region is chosen."
        verdict = Verdict(True, sentence, region)
    if not verdict.is_refusal:
        with transaction.atomic():
            keep(workspace, verdict, api_key=api_key, region=region, now=now)
            kept()
    return verdict


def check(workspace: Workspace, *, clock: Clock = timezone.now) -> Verdict:
    """Try the stored key and write down what Recall says of it; nothing, where it says nothing."""
    if problem := workspace.api_key.problem:  # type: ignore[attr-defined]
        unread = errors.UnreadableKey(code="unreadable_key", detail=problem)
        return Verdict(False, unread.sentence, is_certain=False)
    if not workspace.api_key:
        return Verdict(False, "There is no key yet.", is_certain=False)
    ledger = Ledger(workspace, Lane.CLICK, clock)
    verdict = judge(workspace.api_key, workspace.region, ledger)
    if verdict.is_certain:
        now = clock()
        workspace.key_problem = "" if verdict.fits else verdict.sentence
        workspace.key_checked_at = now
        workspace.quiet_until = None if verdict.fits else now + LOCKED_OUT
        workspace.save(update_fields=["key_problem", "key_checked_at", "quiet_until"])
    return verdict


def keep(
    workspace: Workspace, verdict: Verdict, *, api_key: str, region: str, now: datetime
) -> None:
    """Store a key with what was said of it."""
    workspace.api_key, workspace.region = api_key, region
    workspace.key_problem = "" if verdict.fits else verdict.sentence
    workspace.key_checked_at = now
    # Whatever bots there are will be found by the next sweep.
    workspace.quiet_until = workspace.discovered_at = workspace.glanced_at = None
    workspace.import_rest = ""
    # Trying took seconds: webhooks that came meanwhile have written other columns.
    workspace.save(
        update_fields=[
            "api_key",
            "region",
            "key_problem",
            "key_checked_at",
            "quiet_until",
            "discovered_at",
            "glanced_at",
            "import_rest",
        ]
    )


def _client(api_key: str, region: str, ledger: Ledger | None = None) -> Recall:
    return Recall(
        api_key,
        base_url=conf.recall_base_url(region),
        transport=conf.transport(),
        link_hosts=conf.media_hosts(),
        permit=ledger.permit if ledger else None,
        observer=ledger.observe if ledger else None,
    )


def _try(api_key: str, region: str, ledger: Ledger | None) -> None:
    with _client(api_key, region, ledger) as client:
        client.check()


def _is_known(api_key: str, region: str, ledger: Ledger | None) -> bool:
    try:
        _try(api_key, region, ledger)
    except errors.RecallError:
        return False
    return True
