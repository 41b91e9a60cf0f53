"""Recall's leave rules once more, slow and plain: every second of a meeting is walked through.

Written from Recall's pages and the reading stated in `automatic_leave`, not from its code: no
deadlines are computed here; stopwatches tick one second at a time and questions about the meeting
are answered by reading its whole history again. Whole seconds only.
"""

from bots.recall.automatic_leave import Event, Settings


class Past:
    """What is known of the meeting from the events so far."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events

    def where(self) -> str:
        where = "outside"
        for event in self.events:
            if event.kind == "waiting_room":
                where = "waiting"
            elif event.kind in ("in_call", "recording_started"):
                where = "in call"
        return where

    def recording(self) -> str:
        state = "off"
        for event in self.events:
            if event.kind == "recording_started":
                state = "on"
            elif event.kind == "recording_stopped":
                state = "off"
            elif event.kind == "recording_paused" and state == "on":
                state = "paused"
            elif event.kind == "recording_resumed" and state == "paused":
                state = "on"
        return state

    def recordings(self) -> int:
        return sum(event.kind == "recording_started" for event in self.events)

    def calls(self) -> int:
        return sum(event.kind in ("in_call", "recording_started") for event in self.events)

    def denied(self) -> bool:
        word = ("permission_denied", "permission_allowed", "recording_started")
        last = [event.kind for event in self.events if event.kind in word][-1:]
        return last == ["permission_denied"]

    def others(self) -> dict[int | None, str]:
        names: dict[int | None, str] = {}
        for event in self.events:
            if event.kind == "join":
                names[event.participant] = event.name
            elif event.kind == "leave" and event.participant in names:
                del names[event.participant]
        return names

    def anyone_ever_joined(self) -> bool:
        return any(event.kind == "join" for event in self.events)

    def was_active(self, participant: int | None) -> bool:
        return any(
            event.participant == participant and event.kind in ("speech_on", "screenshare_on")
            for event in self.events
        )

    def someone_speaks(self) -> bool:
        last: dict[int | None, str] = {}
        for event in self.events:
            if event.kind in ("speech_on", "speech_off", "leave"):
                last[event.participant] = event.kind
        return "speech_on" in last.values()


def conditions(settings: Settings, past: Past) -> dict[str, bool]:
    """Each rule's condition, in the order in which rules win."""
    in_call = past.where() == "in call"
    others = past.others()
    off = in_call and past.recording() == "off"
    return {
        "waiting_room_timeout": past.where() == "waiting",
        "noone_joined_timeout": in_call and not past.anyone_ever_joined(),
        "everyone_left_timeout": in_call and past.anyone_ever_joined() and not others,
        "in_call_not_recording_timeout": off,
        "in_call_recording_timeout": past.recording() != "off",
        "recording_permission_denied_timeout": off and past.denied(),
        "silence_detection": in_call and not past.someone_speaks(),
        "bot_detection.using_participant_events": in_call
        and bool(others)
        and all(not past.was_active(participant) for participant in others),
        "bot_detection.using_participant_names": in_call
        and bool(others)
        and all(
            any(match.lower() in name.lower() for match in settings.matches)
            for name in others.values()
        ),
    }


def timing(settings: Settings) -> dict[str, tuple[float | None, float | None]]:
    """{rule: (timeout, activate_after)}; None for a rule that is off, or needs no delay."""
    s = settings
    found: dict[str, tuple[float | None, float | None]] = {
        "waiting_room_timeout": (s.waiting_room_timeout, None),
        "noone_joined_timeout": (s.noone_joined_timeout, None),
        "everyone_left_timeout": (
            s.everyone_left_timeout.timeout,
            s.everyone_left_timeout.activate_after,
        ),
        "in_call_not_recording_timeout": (s.in_call_not_recording_timeout, None),
        "in_call_recording_timeout": (s.in_call_recording_timeout, None),
        "recording_permission_denied_timeout": (s.recording_permission_denied_timeout, None),
    }
    for rule, wait in {
        "silence_detection": s.silence_detection,
        "bot_detection.using_participant_events": s.using_participant_events,
        "bot_detection.using_participant_names": s.using_participant_names,
    }.items():
        found[rule] = (wait.timeout, wait.activate_after) if wait else (None, None)
    return found


def leaving_slowly(
    settings: Settings,
    events: list[Event],
    *,
    until: int,
    counts_from: str = "recording",
    after_pause: str = "continue",
) -> tuple[int, str, int] | None:
    """(second of leaving, rule, second the countdown began to run), or None up to `until`."""
    rules = timing(settings)
    past = Past([])
    holds = conditions(settings, past)
    held_for = dict.fromkeys(rules, 0)  # seconds counted down
    began: dict[str, int | None] = dict.fromkeys(rules)
    open_for: dict[str, int | None] = dict.fromkeys(rules)  # seconds towards activate_after

    def runs(rule: str) -> bool:
        return past.recording() != "paused" or rule == "everyone_left_timeout"

    def armed(rule: str) -> bool:
        delay = rules[rule][1]
        passed = open_for[rule]
        return delay is None or (passed is not None and passed >= delay)

    def counts(rule: str) -> bool:
        return rules[rule][0] is not None and holds[rule] and armed(rule) and runs(rule)

    def due(second: int) -> tuple[int, str, int] | None:
        for rule, (timeout, _) in rules.items():
            if timeout is not None and counts(rule):
                since = began[rule]
                if held_for[rule] >= timeout:
                    return second, rule, second if since is None else since
        return None

    left = list(events)
    for second in range(until + 1):
        while left and left[0].at == second:
            if found := due(second):
                return found
            before = past
            past = Past([*before.events, left.pop(0)])
            holds = conditions(settings, past)
            restarted = {rule for rule in rules if not holds[rule]}
            if past.recordings() > before.recordings():
                restarted.add("in_call_recording_timeout")
            ended = before.recording() == "paused" != past.recording()
            if ended and after_pause == "restart":
                restarted |= set(rules) - {"everyone_left_timeout"}
            for rule in restarted:
                held_for[rule] = 0
                began[rule] = None
            if past.recordings() if counts_from == "recording" else past.calls():
                open_for = {rule: passed or 0 for rule, passed in open_for.items()}
        if found := due(second):
            return found
        for rule in rules:
            if counts(rule):
                if held_for[rule] == 0:
                    began[rule] = second
                held_for[rule] += 1
            passed = open_for[rule]
            if passed is not None and runs(rule):
                open_for[rule] = passed + 1
    return None
