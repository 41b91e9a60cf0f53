"""PostgreSQL and Redis stopped, crashed, emptied: what was accepted survives, the rest comes again.

Real servers, which these tests start themselves; the house around them is real, too.
"""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.chaos import checker
from tests.chaos.house import Company, House
from tests.chaos.senders import Knocker, new_token
from tests.chaos.servers import eventually

LINK = "https://meet.google.com/cha-osch-aos"
QUICK_S = 3.0


def sent(house: House, company: Company, link: str = LINK) -> str:
    """Send a bot by the page, and wait until it records; its id at Recall."""
    token = new_token()
    with company.browser() as browser:
        assert company.send(link, token, browser).status_code == 302
    rows: list[tuple[object, ...]] = []

    def records() -> bool:
        rows[:] = house.postgres.ask(
            "SELECT b.recall_id FROM bots_bot b JOIN bots_order o ON o.bot_id = b.id"
            " WHERE o.token = %s AND b.code = 'in_call_recording'",
            token,
        )
        return bool(rows)

    eventually(records, what="a bot that records")
    return str(rows[0][0])


def test_it_takes_no_webhook_while_postgres_is_away_and_has_all_afterwards(
    house: House, company: Company, tmp_path: Path
) -> None:
    bot = sent(house, company)
    knocker = Knocker(company, bot)
    house.postgres.stop()
    # The meeting goes on without us: its end is told to a door that can keep nothing.
    company.control("POST", "advance/", seconds=3000)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(knocker.knock, range(24)))
    assert {each.status for each in answers} == {503}
    assert all(each.retry_after for each in answers)
    assert max(each.seconds for each in answers) < QUICK_S
    with company.browser() as browser:
        page = browser.get(company.home)
        assert (page.status_code, "Retry-After" in page.headers) == (503, True)
        assert "The database is away" in page.text
    messages = company.control("GET", "messages/")["messages"]
    refused = [m for m in messages if any(a["status"] == 503 for a in m["attempts"])]
    assert refused
    assert not [m for m in refused if m["delivered_at"]]
    house.postgres.start()

    assert knocker.all_until_taken(24, within_s=20)
    eventually(
        lambda: all(m["delivered_at"] for m in company.control("GET", "messages/")["messages"]),
        what="every webhook delivered",
    )
    eventually(house.is_well, what="workers and beat that are alive again")
    eventually(
        lambda: house.postgres.ask(
            "SELECT 1 FROM bots_bot WHERE recall_id = %s AND code = 'done'", bot
        ),
        what="the end of the meeting",
    )
    assert steps(house, bot) == {f"step_{number}": 1 for number in range(24)}
    assert_nothing_lost(house, tmp_path)


def test_it_keeps_what_it_acknowledged_through_a_crash_of_postgres(
    house: House, company: Company, tmp_path: Path
) -> None:
    """*Immediate*, in the middle of a stream of webhooks, twice."""
    bot = sent(house, company)
    knocker = Knocker(company, bot)
    count = 160

    def crash() -> None:
        for when in (30, 90):
            eventually(lambda when=when: len(knocker.taken) >= when, what=f"{when} webhooks")
            house.postgres.stop_at_once()
            time.sleep(0.3)
            house.postgres.start()

    crasher = threading.Thread(target=crash)
    crasher.start()
    assert knocker.all_until_taken(count, within_s=50)
    crasher.join()
    assert knocker.statuses[503], "The crash was not felt"
    assert not set(knocker.statuses) - {204, 503}
    kept = house.postgres.ask(
        "SELECT message_id, count(*) FROM bots_delivery WHERE message_id LIKE %s GROUP BY 1",
        f"msg_{bot}_%",
    )
    assert dict(kept) == dict.fromkeys(knocker.taken, 1)
    assert steps(house, bot) == {f"step_{number}": 1 for number in range(count)}
    eventually(house.is_well, within_s=10, what="a house that is well")
    assert_nothing_lost(house, tmp_path)


def test_pages_and_webhooks_work_while_redis_is_away_and_the_sweep_does_the_rest(
    house: House, company: Company
) -> None:
    bot = sent(house, company)
    house.redis.kill()
    with company.browser() as browser:
        assert browser.get(company.home).status_code == 200
        began, token = time.monotonic(), new_token()
        assert company.send(LINK.replace("cha-", "awa-"), token, browser).status_code == 302
        assert time.monotonic() - began < 6
    answer = Knocker(company, bot).knock(1)
    assert (answer.status, answer.seconds < QUICK_S) == (204, True)
    assert not bots_at_the_sandbox(company, token)
    house.redis.start()  # empty: whatever waited in it is gone
    eventually(lambda: bots_at_the_sandbox(company, token), what="the bot that was ordered")
    eventually(house.is_well, what="a house that is well")
    time.sleep(2.5)  # one more sweep
    assert bots_at_the_sandbox(company, token) == 1


def test_a_worker_outlives_redis_with_a_task_in_hand(house: House, company: Company) -> None:
    """Nobody starts it again: the bot of the second order comes from the same process."""
    first, second = new_token(), new_token()
    with company.browser() as browser:
        house.signal("sandbox", signal.SIGSTOP)  # so that a call to Recall takes long
        try:
            assert company.send(LINK, first, browser).status_code == 302
            eventually(lambda: house.redis.in_hand("carry_out"), what="a worker that took it")
            house.redis.kill_listeners_first()
            time.sleep(1)
            house.redis.start()
        finally:
            house.signal("sandbox", signal.SIGCONT)
        eventually(lambda: bots_at_the_sandbox(company, first), what="the bot that was ordered")
        link = LINK.replace("cha-", "sec-")
        assert company.send(link, second, browser).status_code == 302
    eventually(lambda: bots_at_the_sandbox(company, second), what="the bot of the second order")
    assert house.runs("worker")


def test_what_lost_its_wake_up_waits_for_the_sweep_only(house: House, company: Company) -> None:
    """Killed worker, emptied Redis, killed beat: the row says itself that it is due."""
    house.kill("beat", "worker")
    token = new_token()
    with company.browser() as browser:
        assert company.send(LINK, token, browser).status_code == 302
    house.redis.flush()
    house.start("worker")
    time.sleep(4)
    assert not bots_at_the_sandbox(company, token)
    house.start("beat")
    eventually(lambda: bots_at_the_sandbox(company, token), what="the bot that was ordered")
    time.sleep(2.5)
    assert bots_at_the_sandbox(company, token) == 1


def test_a_full_disk_is_no_2xx(house: House, company: Company) -> None:
    """PostgreSQL says what it says when no byte more fits: nothing is taken until one does."""
    bot = sent(house, company)
    knocker = Knocker(company, bot)
    assert knocker.knock(0).status == 204
    house.postgres.tell(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
        "CREATE TRIGGER full_disk BEFORE INSERT ON bots_delivery EXECUTE FUNCTION full_disk()"
    )
    try:
        answer = knocker.knock(1)
        assert (answer.status, bool(answer.retry_after)) == (503, True)
        assert answer.seconds < QUICK_S
    finally:
        house.postgres.tell("DROP TRIGGER full_disk ON bots_delivery; DROP FUNCTION full_disk()")
    assert steps(house, bot) == {"step_0": 1}
    assert knocker.knock(1).status == 204
    assert steps(house, bot) == {"step_0": 1, "step_1": 1}


def steps(house: House, bot: str) -> dict[str, int]:
    """How many rows of the timeline tell each of a knocker's statuses."""
    rows = house.postgres.ask(
        "SELECT s.code, count(*) FROM bots_statuschange s JOIN bots_bot b ON b.id = s.bot_id"
        " WHERE b.recall_id = %s AND s.code LIKE 'step%%' GROUP BY 1",
        bot,
    )
    return {str(code): int(str(count)) for code, count in rows}


def bots_at_the_sandbox(company: Company, token: str) -> int:
    """How many bots the sandbox has made of that order."""
    calls = company.control("GET", "calls/")["calls"]
    made = [c for c in calls if c["method"] == "POST" and c["path"].endswith("/bot/")]
    return len({c["idempotency_key"] for c in made if token in c["body"] and c["status"] == 201})


def assert_nothing_lost(house: House, tmp_path: Path) -> None:
    """By the sandbox's own log: what it told stands here once, and what we took is kept."""
    journal = tmp_path / "journal"
    journal.touch()
    file = Path(house.sandbox_env["DATA_DIR"]) / "sandbox.sqlite3"

    def lost() -> int:
        events = checker.check(file, house.postgres.url, journal).events
        assert (events.doubled, events.acknowledged_lost) == (0, 0)
        return events.lost

    eventually(lambda: not lost(), what="all that the sandbox told")
