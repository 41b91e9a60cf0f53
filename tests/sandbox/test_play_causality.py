"""The engine never takes back what it said, whatever is added afterwards."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.sandbox import scenarios
from bots.sandbox.call import Command
from bots.sandbox.play import Guest, play
from bots.sandbox.room import Intervention
from bots.sandbox.story import Story
from bots.sandbox.tempo import Tempo

START = 1_800_000_000.0
CONFIG: dict[str, Any] = {
    "video_mixed_mp4": {},
    "participant_events": {},
    "start_recording_on": "participant_join",
}
# Fractions that survive the way to wall time and back.
moments = st.integers(0, 4000 * 64).map(lambda n: n / 64)
commands = st.lists(
    st.builds(
        lambda at, kind: Command(at, kind, CONFIG if kind == "start_recording" else {}),
        moments,
        st.sampled_from(
            [
                "pause_recording",
                "resume_recording",
                "stop_recording",
                "start_recording",
                "request_recording_permission",
                "leave_call",
            ]
        ),
    ),
    max_size=6,
)
hands = st.lists(
    st.builds(
        lambda at, verb, name: Intervention(at, verb, name, "well then", 4.0),
        moments,
        st.sampled_from(
            [
                "join",
                "notetaker",
                "talk",
                "chat",
                "share",
                "unshare",
                "leave",
                "admit",
                "deny",
                "kick",
                "allow",
                "forbid",
                "end",
            ]
        ),
        st.sampled_from(["", "Ann", "Otter.ai", "Amara Okafor"]),
    ),
    max_size=6,
)
names = st.sampled_from(["ordinary", *scenarios.BY_NAME])
platforms = st.sampled_from(["zoom", "google_meet", "microsoft_teams"])


def told(
    name: str, platform: str, orders: list[Command], meddling: list[Intervention], until: float
) -> Story:
    return play(
        scenarios.script(name, platform=platform, key="causal"),
        Guest(START, recording_config=CONFIG),
        tempo=Tempo.steady(start=START),
        until=START + until,
        commands=orders,
        interventions=meddling,
    )


def said(story: Story, until: float) -> list[Any]:
    rows: list[Any] = [*story.statuses, *story.happenings, *story.seen]
    rows += [status for take in story.takes for status in take.statuses]
    rows += [(words.at, words.person) for words in story.words if words.at < START + until]
    return [row for row in rows if isinstance(row, tuple) or row.at <= START + until]


@settings(max_examples=120, deadline=None)
@given(names, platforms, commands, hands, moments, moments)
def test_it_never_takes_back_what_it_said(
    name: str,
    platform: str,
    orders: list[Command],
    meddling: list[Intervention],
    sooner: float,
    more: float,
) -> None:
    before = told(name, platform, orders, meddling, sooner)
    after = told(name, platform, orders, meddling, sooner + more)
    assert said(after, sooner) == said(before, sooner)


@settings(max_examples=120, deadline=None)
@given(names, platforms, commands, hands, moments)
def test_what_comes_later_changes_nothing_before(
    name: str, platform: str, orders: list[Command], meddling: list[Intervention], now: float
) -> None:
    known = told(
        name,
        platform,
        [order for order in orders if order.at <= now],
        [hand for hand in meddling if hand.at <= now],
        now,
    )
    assert said(told(name, platform, orders, meddling, 9000), now) == said(known, now)


@example(
    "ordinary",
    "zoom",
    [Command(5.9375, "pause_recording", {}), Command(5.9375, "resume_recording", {})],
    [],
)
@settings(max_examples=80, deadline=None)
@given(names, platforms, commands, hands)
def test_its_times_go_forward(
    name: str, platform: str, orders: list[Command], meddling: list[Intervention]
) -> None:
    story = told(name, platform, orders, meddling, 20_000)
    at = [status.at for status in story.statuses]
    assert at == sorted(set(at))
    assert story.finished or name == "stage"
    assert [h.at for h in story.happenings] == sorted(h.at for h in story.happenings)
