"""Policies, asks and meetings as Hypothesis makes them: everything that can be saved or asked."""

from hypothesis import strategies as st

from bots.formats import BY_KEY, LANGUAGES, LAYOUTS, TRANSCRIBER_BY_KEY, TRANSCRIPT_MODES
from bots.lifecycle.showing import SHOWS
from bots.policy import (
    ALLOWABLE,
    AUDIENCES,
    KEEPABLE,
    LOCKABLE,
    NEEDS,
    PRESETS,
    RECIPIENTS,
    REFUSALS,
    SCREENSHARES,
    SECTION_OF,
    SHARERS,
    STARTS_HERE,
    Ask,
    Meeting,
    Rules,
    Version,
    rule_problems,
)

PLATFORMS = ["", *ALLOWABLE, "microsoft_teams_live", "slack_huddle_observer", "of_tomorrow"]
formats = st.frozensets(st.sampled_from(sorted(BY_KEY)))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
seconds = st.integers(1, 30 * 24 * 3600)
presets = st.sampled_from(sorted(PRESETS)).map(PRESETS.__getitem__)

any_rules = st.builds(
    Rules,
    formats=formats.map(lambda keys: tuple(sorted(keys))),
    transcript=st.sampled_from(["", *TRANSCRIBER_BY_KEY]),
    language=st.sampled_from(sorted(LANGUAGES)),
    transcript_mode=st.sampled_from(sorted(TRANSCRIPT_MODES)),
    separate_streams=st.booleans(),
    rtmp_url=st.sampled_from(["", "rtmp://live.example/key"]),
    layout=st.sampled_from(["", *LAYOUTS]),
    screenshare=st.sampled_from(sorted(SCREENSHARES)),
    bot_audio=st.booleans(),
    retention=st.sampled_from(["forever", "none"]) | st.integers(1, 10_000),
    bot_name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100),
    bot_picture=st.sampled_from(["", "0" * 64]),
    shows=st.sampled_from(sorted(SHOWS)),
    join_message=st.text(st.characters(exclude_categories=["Cs"]), max_size=4096),
    join_message_to=st.sampled_from(sorted(RECIPIENTS)),
    start_on=st.sampled_from(sorted(STARTS_HERE)),
    consent_by=st.sampled_from(sorted(NEEDS)),
    consent_no_does=st.sampled_from(sorted(REFUSALS)),
    names_on=st.booleans(),
    names_after_s=seconds,
    names_for_s=st.integers(10, 30 * 24 * 3600),
    events_after_s=seconds,
    events_for_s=st.integers(10, 30 * 24 * 3600),
    silence_after_s=seconds,
    silence_for_s=st.integers(10, 30 * 24 * 3600),
    waiting_room_s=st.integers(30, 30 * 24 * 3600),
    noone_joined_s=st.integers(30, 30 * 24 * 3600),
    everyone_left_for_s=seconds,
    everyone_left_after_s=st.none() | seconds,
    not_recording_s=seconds,
    recording_s=st.none() | seconds,
    permission_denied_s=seconds,
    may_formats=st.booleans(),
    may_name=st.booleans(),
    may_show=st.booleans(),
    may_start=st.booleans(),
    may_length=st.booleans(),
    shown_to=st.sampled_from(sorted(AUDIENCES)),
    share_links=st.sampled_from(sorted(SHARERS)),
    share_days=st.integers(1, 365),
    keep=st.frozensets(st.sampled_from(sorted(KEEPABLE))).map(
        lambda kinds: tuple(kind for kind in KEEPABLE if kind in kinds)
    ),
    keep_days=st.none() | st.integers(1, 36_500),
    platforms=st.lists(st.sampled_from(ALLOWABLE), unique=True).map(tuple),
    blocked_domains=st.sampled_from([(), ("example.com",), ("meet.google.com", "zoom.us")]),
    title_words=st.sampled_from([(), ("interview",), ("1:1", "off the record")]),
    most_bots=st.none() | st.integers(1, 20),
    longest_s=st.none() | st.integers(1, 50_000),
    hours_month=st.none() | st.integers(1, 1_000),
)
# What a page lets be saved.
rules = any_rules.filter(lambda each: not rule_problems(each))


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """A team's version over a workspace default; each sets some of its fields itself."""
    base, own = draw(rules).as_json(), draw(rules).as_json()
    names = draw(st.frozensets(st.sampled_from(sorted(SECTION_OF))))
    version = Version(
        number=draw(st.integers(1, 50)),
        team="Sales",
        own={name: own[name] for name in names},
        base=base,
        base_number=draw(st.integers(1, 50)),
        base_own=draw(st.frozensets(st.sampled_from(sorted(SECTION_OF)))),
        locks=draw(st.frozensets(st.sampled_from(LOCKABLE))),
    )
    # Two policies that can be saved do not always make a third one.
    return version if not rule_problems(version.rules) else Version(
        number=1, team="Sales", own={}, base=base, base_number=1
    )  # fmt: skip


asks = st.builds(
    Ask,
    meeting_url=st.just("https://meet.google.com/abc-defg-hij"),
    title=st.sampled_from(["", "Weekly review", "Interview with Mei", "1:1 Alice and Bob"]),
    bot_name=st.none() | texts,
    formats=st.none() | formats,
    transcript=st.none() | st.sampled_from(["", *TRANSCRIBER_BY_KEY]),
    language=st.none() | st.sampled_from(sorted(LANGUAGES)),
    transcript_mode=st.none() | st.sampled_from(sorted(TRANSCRIPT_MODES)),
    layout=st.none() | st.sampled_from(["", *LAYOUTS]),
    rtmp_url=st.none() | st.sampled_from(["", "rtmp://other.example/key"]),
    start_on=st.none() | st.sampled_from(sorted(STARTS_HERE)),
    shows=st.none() | st.sampled_from(sorted(SHOWS)),
    recording_s=st.none() | st.integers(1, 50_000),
    metadata=st.just({"recalldash_order": "1"}),
)
meetings = st.builds(
    Meeting,
    platform=st.sampled_from(PLATFORMS),
    host=st.sampled_from(["", "meet.google.com", "us02web.zoom.us", "sub.example.com"]),
    names=st.lists(texts, max_size=4).map(tuple),
    picture=st.just("aGVsbG8="),
    live_bots=st.integers(0, 25),
    hours_used=st.floats(0, 1_200),
)
