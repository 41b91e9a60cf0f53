"""Web, worker and beat killed, ended and doubled: nothing is missed and nothing done twice."""

import signal
import socket
import threading
import time
from urllib.parse import urlsplit

from tests.chaos.house import Company, House
from tests.chaos.senders import Knocker, new_token
from tests.chaos.servers import eventually
from tests.chaos.streams import Listener
from tests.chaos.test_servers_away import LINK, bots_at_the_sandbox, sent, steps


def feed(house: House, company: Company, after: str) -> list[str]:
    """The cursors of all changes of a workspace after one of them, in order."""
    tx, _, pk = after.partition(".")
    rows = house.postgres.ask(
        "SELECT tx || '.' || id FROM bots_change WHERE workspace_id = %s AND (tx, id) > (%s, %s)"
        " ORDER BY tx, id",
        company.pk,
        int(tx or 0),
        int(pk or 0),
    )
    return [str(row[0]) for row in rows]


def test_browsers_miss_nothing_when_web_is_killed(house: House, company: Company) -> None:
    bot = sent(house, company)
    knocker = Knocker(company, bot)
    with Listener(company) as listener:
        # One after the other: what comes at once is told once.
        assert knocker.all_until_taken(5, threads=1)
        eventually(lambda: listener.heard, what="news")
        first = listener.heard[0]
        for kill in range(2):
            house.kill("web")
            # Meanwhile workers go on, and tell the feed what nobody listens to.
            house.postgres.ask(
                "UPDATE bots_bot SET refresh_due_at = now(), title = '' WHERE recall_id = %s"
                " RETURNING 1",
                bot,
            )
            time.sleep(1)
            house.start("web")
            assert knocker.all_until_taken(5 * (kill + 2), threads=1, within_s=30)
            # Or the next one would come before the browser is back.
            eventually(
                lambda kill=kill: listener.connections == kill + 2, what="a stream that is back"
            )
        eventually(
            lambda: listener.heard[1:] == feed(house, company, first),
            what="all changes, in order, once",
        )
        assert len(listener.heard) > 10
        assert listener.connections == 3
        assert listener.reloads == 0


def test_it_ends_in_peace_under_load(house: House, company: Company) -> None:
    """SIGTERM, as a deployment sends it: what was begun is finished, and nothing is lost."""
    bot = sent(house, company)
    knocker = Knocker(company, bot)
    count = 120
    with Listener(company) as listener:
        load = threading.Thread(target=lambda: knocker.all_until_taken(count, threads=6))
        load.start()
        eventually(lambda: len(knocker.taken) > 20, what="some load")
        process, began = house.process("web"), time.monotonic()
        house.signal("web", signal.SIGTERM)
        process.wait(25)
        assert time.monotonic() - began < 8
        assert process.returncode in (0, -signal.SIGTERM)
        house.start("web")
        load.join(60)
        eventually(lambda: listener.connections > 1, what="a stream that came back")
        assert listener.retries == {"1500"}
    # Answered properly or not at all: nobody was told that something went wrong.
    assert set(knocker.statuses) <= {204, 0}
    assert len(knocker.taken) == count
    assert steps(house, bot) == {f"step_{number}": 1 for number in range(count)}


def test_two_clocks_do_nothing_twice(house: House, company: Company) -> None:
    """Two beats, and Redis emptied so that everything waits for their sweeps."""
    second = house.another("beat")
    try:
        tokens = [new_token() for _ in range(8)]
        with company.browser() as browser:
            for number, token in enumerate(tokens):
                link = LINK.replace("cha-", f"tw{chr(97 + number)}-")
                assert company.send(link, token, browser).status_code == 302
                house.redis.flush()
        eventually(
            lambda: all(bots_at_the_sandbox(company, token) for token in tokens),
            what="all bots that were ordered",
        )
        time.sleep(5)
        calls = company.control("GET", "calls/")["calls"]
        made = [c for c in calls if c["method"] == "POST" and c["path"].endswith("/bot/")]
        assert len(made) == len(tokens)
        assert [bots_at_the_sandbox(company, token) for token in tokens] == [1] * len(tokens)
    finally:
        second.kill()
        second.wait()


def test_slow_senders_hold_up_nobody(house: House, company: Company) -> None:
    """Two hundred that send their body a byte a second; each is told to go after ten."""
    bot = sent(house, company)
    address = urlsplit(company.webhook_url)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    ).encode()
    sockets, began = [], time.monotonic()
    try:
        for _ in range(200):
            slow = socket.create_connection((str(address.hostname), int(address.port or 80)), 5)
            slow.sendall(head)
            sockets.append(slow)
        knocker = Knocker(company, bot)
        number = 0
        while time.monotonic() - began < 7:
            for slow in sockets:
                slow.sendall(b"x")
            for _ in range(10):
                knocker.knock(number)
                number += 1
            time.sleep(0.5)
        assert set(knocker.statuses) == {204}
        taken = sorted(each.seconds for each in knocker.answers)
        assert taken[int(len(taken) * 0.99)] < 1.0
        for slow in sockets:
            slow.settimeout(10)
            assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 20
    finally:
        for slow in sockets:
            slow.close()


def test_a_burst_after_an_outage_is_taken_or_sent_away_politely(
    house: House, company: Company
) -> None:
    bot = sent(house, company)
    knocker = Knocker(company, bot)
    count = 240
    assert knocker.all_until_taken(count, threads=40, within_s=60)
    assert not set(knocker.statuses) - {204, 503}
    assert all(each.retry_after for each in knocker.answers if each.status == 503)
    assert len(knocker.taken) == count
    assert steps(house, bot) == {f"step_{number}": 1 for number in range(count)}
    due = "SELECT 1 FROM bots_bot WHERE recall_id = %s AND refresh_due_at <= now()"
    eventually(lambda: not house.postgres.ask(due, bot), within_s=60, what="the backlog done")
