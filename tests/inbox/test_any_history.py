"""Any history, however its webhooks come, ends as if all had come once and in order."""

import os
from collections import defaultdict
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bots.models.history import SAME_NEWS
from bots.sandbox.scenarios import SCENARIOS
from tests.inbox.played import Play, told

pytestmark = pytest.mark.django_db(databases=["default", "sandbox"])

EXAMPLES = int(os.environ.get("HISTORIES", "25"))
LINKS = ["https://meet.google.com/abc-defg-hij"] + [
    f"https://meet.google.com/{scenario.code}" for scenario in SCENARIOS
]
VERBS = ("pause_recording", "resume_recording", "start_recording", "stop_recording", "leave_call")
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "recording_done_status": st.booleans(),
        "recording_done_first": st.booleans(),
        "done_after_fatal": st.booleans(),
        "first_status_ready": st.booleans(),
        "start_while_recording": st.sampled_from(["deleted", "kept"]),
        "offset_style": st.sampled_from(["Z", "+00:00"]),
        "headers": st.sampled_from(["webhook", "svix"]),
        "empty_sub_code": st.sampled_from([None, ""]),
    },
)
# Seconds that go by, and what is ordered then.
STEPS = st.lists(
    st.tuples(st.sampled_from([0.4, 1.5, 3, 8, 20, 61]), st.sampled_from([None, None, *VERBS])),
    min_size=4,
    max_size=14,
)
QUIET = (120, 1200, 3600, 3600)
deep = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def play(time, http, sandbox_behind_recall):
    return lambda link, options: Play(http, time, link, options)


@given(
    link=st.sampled_from(LINKS),
    options=OPTIONS,
    steps=STEPS,
    seed=st.integers(0, 2**16),
    lost=st.sampled_from([0.0, 0.2, 0.6, 1.0]),
    late=st.sampled_from([1, 3, 30]),
    looks=st.sampled_from([0.0, 0.3]),
)
@deep
def test_losses_doubles_and_any_order_end_in_one_timeline(
    play, link, options, steps, seed, lost, late, looks
):
    """Delivered while the meeting goes on: lost, late, doubled, with looks at Recall between."""
    dice = Random(seed)
    meeting = play(link, options)
    troubled, calm = meeting.stranger(), meeting.stranger()
    everything, coming = [], defaultdict(list)
    for n, (seconds, order) in enumerate([*steps, *((seconds, None) for seconds in QUIET)]):
        for message in meeting.pass_(seconds):
            everything.append(message)
            if dice.random() >= lost:
                times = dice.choice([1, 1, 2, 3])
                for _ in range(times):
                    coming[n + dice.randrange(late)].append((message, dice.random() < 0.3))
        if order:
            meeting.order(order)
        now_due = coming.pop(n, [])
        dice.shuffle(now_due)
        for message, anew in now_due:
            meeting.deliver(troubled, message, anew=anew)
        if dice.random() < looks:
            meeting.sweep(troubled)
    for message in everything:
        meeting.deliver(calm, message)
    meeting.sweep(calm)
    meeting.sweep(troubled)
    assert told(troubled) == told(calm)
    codes = [code for code, _, _ in told(calm)["timeline"]]
    assert sorted(codes) == sorted(code for code, _ in meeting.truth()) != []
    # What comes after the look changes nothing any more.
    for message, anew in [pair for pairs in coming.values() for pair in pairs]:
        meeting.deliver(troubled, message, anew=anew)
    assert told(troubled) == told(calm)


@given(
    link=st.sampled_from(LINKS),
    options=OPTIONS,
    steps=STEPS,
    seed=st.integers(0, 2**16),
)
@deep
def test_where_nothing_is_lost_the_order_does_not_matter(play, link, options, steps, seed):
    """Without a single look at Recall: the webhooks alone, shuffled and doubled."""
    dice = Random(seed)
    meeting = play(link, options)
    shuffled, calm = meeting.stranger(), meeting.stranger()
    everything = []
    for seconds, order in [*steps, *((seconds, None) for seconds in QUIET)]:
        everything += meeting.pass_(seconds)
        if order:
            meeting.order(order)
    for message in everything:
        meeting.deliver(calm, message)
    assume(not _comes_back_at_once(meeting.truth()))
    mixed = everything + [dice.choice(everything) for _ in range(5 if everything else 0)]
    dice.shuffle(mixed)
    for message in mixed:
        meeting.deliver(shuffled, message, anew=dice.random() < 0.2)
    assert told(shuffled) == told(calm)


def _comes_back_at_once(timeline):
    """Whether a status comes twice so soon that only Recall's API can tell the two apart."""
    return any(
        code == other and first < again <= first + SAME_NEWS
        for code, first in timeline
        for other, again in timeline
    )
