"""Script time and wall time: one growing map, whatever the speeds and jumps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.sandbox.tempo import JUMP_WALL_S, Tempo

changes = st.lists(
    st.tuples(st.sampled_from(["speed", "jump"]), st.floats(0.05, 5000), st.floats(0.5, 600)),
    max_size=5,
)


def made(steps: list[tuple[str, float, float]]) -> tuple[Tempo, float]:
    tempo, now = Tempo.steady(start=1000.0, speed=1.0), 1000.0
    for what, amount, later in steps:
        now += later
        tempo = (
            tempo.at_speed(amount, now=now) if what == "speed" else tempo.jumped(amount, now=now)
        )
    return tempo, now


@given(changes, st.floats(0, 20_000))
def test_it_leads_there_and_back(steps: list[tuple[str, float, float]], at: float) -> None:
    tempo, _ = made(steps)
    assert tempo.script(tempo.wall(at)) == pytest.approx(at, abs=0.6)


@given(changes, st.floats(1, 600), st.floats(0, 1))
def test_a_change_leaves_the_past_alone(
    steps: list[tuple[str, float, float]], later: float, part: float
) -> None:
    tempo, now = made(steps)
    now = max(now + later, tempo.settled_at)
    moment = 1000.0 + (now - 1000.0) * part
    for changed in (tempo.at_speed(60, now=now), tempo.jumped(100, now=now)):
        assert changed.script(moment) == tempo.script(moment)


def test_it_jumps_without_leaving_the_present() -> None:
    tempo = Tempo.steady(start=1000.0).jumped(3600, now=1010.0)
    assert tempo.settled_at == 1010.0 + JUMP_WALL_S
    assert tempo.script(tempo.settled_at) == pytest.approx(3610.0)
    assert 1010.0 < tempo.wall(1800) < tempo.wall(1801) < tempo.settled_at


def test_it_reads_what_it_wrote() -> None:
    tempo = Tempo.steady(start=1000.0).at_speed(60, now=1005.0)
    assert Tempo.read(tempo.written()) == tempo
