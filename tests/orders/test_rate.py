"""Four workers at Recall's limit: counted where the calls arrive, by the sandbox's own log."""

import json
import os
import subprocess
import sys
import time

import pytest

from bots.models import Workspace
from bots.recall import limits
from recalldash.machine import BASE_DIR
from tests.orders.test_killed import database_url
from tests.orders.vendor import Vendor

# Recall's minute and ours a second longer, six times as fast.
MINUTE_S, WINDOW_S = 10.0, 10.4
LASTING_S = 2 * WINDOW_S


@pytest.fixture(scope="module")
def vendor(tmp_path_factory):
    os.environ["SHORT_MINUTE_S"] = str(MINUTE_S)
    try:
        vendor = Vendor(tmp_path_factory.mktemp("vendor"), module="tests.orders.short_minute")
    finally:
        del os.environ["SHORT_MINUTE_S"]
    vendor.start()
    yield vendor
    vendor.stop()


def flood(vendor, workspace, begin, *, pause_s=0.0):
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url(),
        "RECALL_BASE_URL": vendor.url,
        "NO_PROXY": "127.0.0.1",
    }
    times = [WINDOW_S, begin, begin + LASTING_S, pause_s]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.orders.flood", str(workspace.pk), *map(str, times)],
        cwd=BASE_DIR,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )


def busiest(times):
    """The most calls that arrived within one of Recall's minutes."""
    return max(sum(at <= other < at + MINUTE_S for other in times) for at in times)


@pytest.mark.alone
@pytest.mark.django_db(transaction=True)
def test_four_workers_use_the_limit_and_never_exceed_it(vendor):
    """And another workspace's calls never wait for theirs."""
    accounts = [vendor.open(), vendor.open()]
    flooded, quiet = (
        Workspace.objects.create(slug=f"w{n}", name=f"W{n}", api_key=account.key)
        for n, account in enumerate(accounts)
    )
    begin = time.time() + 6.0
    workers = [flood(vendor, flooded, begin) for _ in range(4)]
    workers.append(flood(vendor, quiet, begin, pause_s=0.5))
    *seen, other = [json.loads(worker.communicate(timeout=90)[0]) for worker in workers]

    arrived = [(at, status) for at, status in accounts[0].arrivals("bot_list")]
    times = [at for at, _ in arrived]
    assert {status for _, status in arrived} == {200}
    assert sum(each["refused"] for each in seen) == 0
    assert sum(each["made"] for each in seen) == len(times)
    assert busiest(times) == limits.LIST
    within = sum(at < times[0] + LASTING_S for at in times)
    assert within >= 0.95 * limits.LIST * LASTING_S / MINUTE_S
    # Nobody was left out, and nobody elsewhere had to wait.
    assert min(each["made"] for each in seen) > 0
    assert other["refused"] == 0
    assert other["made"] == len(accounts[1].arrivals("bot_list")) > 20
    assert other["longest_s"] < 2.0
