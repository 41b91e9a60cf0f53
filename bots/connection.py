"""The connection of a workspace to Recall: which region, which key, and whether they fit."""

from dataclasses import dataclass
from datetime import datetime

from bots import conf
from bots.models import Workspace
from bots.recall import errors
from bots.recall.client import Recall

REGIONS = {
    "us-west-2": "US West (Oregon): pay-as-you-go sign-ups land here",
    "us-east-1": "US East (Virginia): monthly plans",
    "eu-central-1": "Europe (Frankfurt)",
    "ap-northeast-1": "Asia (Tokyo)",
}


def region_name(region: str) -> str:
    """A region as people call it: "Europe (Frankfurt)"; one that we don't know as it came."""
    return REGIONS.get(region, region).partition(":")[0]


def recall(workspace: Workspace) -> Recall:
    """A client that speaks for the workspace; close it after use."""
    return _client(workspace.api_key, workspace.region)


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


def judge(api_key: str, region: str) -> Verdict:
    """Try a key in a region, and in the others when it is not known there. Never raises."""
    try:
        _try(api_key, region)
    except errors.WrongKeyOrRegion as error:
        for other in REGIONS:
            if other != region and _is_known(api_key, other):
                where = f"{region_name(other)}, {other}"
                return Verdict(
                    False, f"This key belongs to {where}. Choose that region instead.", other
                )
        return Verdict(False, error.sentence)
    except errors.RecallError as error:
        return Verdict(False, error.sentence, is_certain=False)
    return Verdict(True, f"Recall knows this key in {region_name(region)}.", region)


def connect(workspace: Workspace, *, api_key: str, region: str, now: datetime) -> Verdict:
    """Try a key and store it unless Recall refuses it; what could not be tried is stored too.

    A key that belongs to another region is stored with that region, and the verdict says so.
    """
    verdict = judge(api_key, region)
    if verdict.is_refusal and verdict.region:
        region = verdict.region
        sentence = f"This key belongs to {region_name(region)}, so that region is chosen."
        verdict = Verdict(True, sentence, region)
    if not verdict.is_refusal:
        keep(workspace, verdict, api_key=api_key, region=region, now=now)
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
        ]
    )


def _client(api_key: str, region: str) -> Recall:
    return Recall(api_key, base_url=conf.recall_base_url(region), transport=conf.transport())


def _try(api_key: str, region: str) -> None:
    with _client(api_key, region) as client:
        client.check()


def _is_known(api_key: str, region: str) -> bool:
    try:
        _try(api_key, region)
    except errors.RecallError:
        return False
    return True
