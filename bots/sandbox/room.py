"""The people's side of a meeting: the script and what a person made of it, in one order. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from .scripts import Act, Answer, Person, Script, Speech

_CLOSES = {"screenshare_on": "screenshare_off", "webcam_on": "webcam_off"}


@dataclass(frozen=True, slots=True)
class Intervention:
    """A person's hand in a meeting, at a script second.

    `verb`: join, notetaker, talk, chat, share, unshare, leave, admit, deny, kick, allow, forbid,
    end. `name` is the participant (for kick: the bot's id, or empty for every bot).
    """

    at: float
    verb: str
    name: str = ""
    text: str = ""
    seconds: float = 0.0
    is_host: bool = False


@dataclass(slots=True)
class Performance:
    """What people really do: nobody acts while absent, and nothing goes on after the end."""

    cast: dict[int, Person]
    acts: list[Act]
    speeches: list[Speech]
    ends_at: float
    ends_with: str
    verdicts: list[Intervention] = field(default_factory=list)  # admit, deny, kick, allow, forbid
    answers: tuple[Answer, ...] | None = None


def perform(script: Script, interventions: Iterable[Intervention] = ()) -> Performance:
    """Play the script with the interventions woven in; later ones never change what came before."""
    hands = sorted(interventions, key=lambda hand: hand.at)
    cast = {person.number: person for person in script.cast}
    acts, speeches = list(script.acts), list(script.speeches)
    ends_at, ends_with = script.ends_at, script.ends_with
    verdicts = []
    for hand in hands:
        if hand.verb == "end":
            if hand.at < ends_at:
                ends_at, ends_with = hand.at, "call_ended_by_host"
        elif hand.verb in ("admit", "deny", "kick", "allow", "forbid"):
            verdicts.append(hand)
        else:
            number = _number(cast, hand)
            acts += _acts(hand, number)
            if hand.verb == "talk":
                speeches.append(Speech(hand.at, hand.at + hand.seconds, number, hand.text))
    kept = _present_only(acts, until=ends_at)
    heard = _while_present(speeches, kept, until=ends_at)
    return Performance(cast, kept, heard, ends_at, ends_with, verdicts, script.answers)


def _number(cast: dict[int, Person], hand: Intervention) -> int:
    for person in cast.values():
        if person.name == hand.name:
            return person.number
    number = max(cast, default=0) + 100
    cast[number] = Person(number, hand.name, is_host=hand.is_host)
    return number


def _acts(hand: Intervention, number: int) -> list[Act]:
    kinds = {
        "join": ["join", "webcam_on"],
        "notetaker": ["join"],
        "leave": ["leave"],
        "share": ["screenshare_on"],
        "unshare": ["screenshare_off"],
        "chat": ["chat_message"],
    }.get(hand.verb, [])
    return [Act(hand.at, kind, number, hand.text) for kind in kinds]


def _present_only(acts: Sequence[Act], *, until: float) -> list[Act]:
    kept: list[Act] = []
    present: dict[int, set[str]] = {}
    for act in sorted(acts, key=lambda act: act.at):
        if act.at >= until:
            break
        state = present.get(act.person)
        if act.kind == "join":
            if state is not None:
                continue
            present[act.person] = set()
        elif state is None:
            continue
        elif act.kind == "leave":
            for kind in sorted(state):
                kept.append(replace(act, kind=_CLOSES[kind], text=""))
            del present[act.person]
        elif act.kind in _CLOSES:
            if act.kind in state:
                continue
            state.add(act.kind)
        elif act.kind in _CLOSES.values():
            opened = next(on for on, off in _CLOSES.items() if off == act.kind)
            if opened not in state:
                continue
            state.discard(opened)
        kept.append(act)
    return kept


def _while_present(
    speeches: Sequence[Speech], acts: Sequence[Act], *, until: float
) -> list[Speech]:
    stays = presence(acts)
    heard = []
    for speech in sorted(speeches, key=lambda speech: speech.at):
        for start, end in stays.get(speech.person, []):
            end = min(end, until)
            if start <= speech.at < end:
                heard.append(speech.part(speech.at, end))
    return heard


def presence(acts: Iterable[Act]) -> dict[int, list[tuple[float, float]]]:
    """For each participant, the stretches in the meeting; the end of the last may be infinite."""
    stays: dict[int, list[tuple[float, float]]] = {}
    for act in acts:
        if act.kind == "join":
            stays.setdefault(act.person, []).append((act.at, inf))
        elif act.kind == "leave":
            stays[act.person][-1] = (stays[act.person][-1][0], act.at)
    return stays


def view(performance: Performance, *, entry: float, until: float) -> list[Act]:
    """What the bot sees from its entry on, as participant events, `speech_on` and `_off` included.

    Who was there before appears to join at the entry; what was on then is switched on then.
    """
    before: dict[int, list[str]] = {}
    seen: list[Act] = []
    for act in performance.acts:
        if act.at > entry:
            seen.append(act)
        elif act.kind == "join":
            before[act.person] = ["join"]
        elif act.kind == "leave":
            before.pop(act.person, None)
        elif act.kind in _CLOSES:
            before[act.person].append(act.kind)
        elif act.kind in _CLOSES.values():
            opened = next(on for on, off in _CLOSES.items() if off == act.kind)
            before[act.person].remove(opened)
    for person in sorted(before, reverse=True):
        seen[:0] = [Act(entry, kind, person) for kind in before[person]]
    for person in performance.cast:
        spoken = [
            (max(s.at, entry), s.until)
            for s in performance.speeches
            if s.person == person and s.until > entry
        ]
        for start, end in _joined(spoken):
            seen += [Act(start, "speech_on", person), Act(end, "speech_off", person)]
    order = {"speech_off": 0, "screenshare_off": 1, "webcam_off": 1, "leave": 2, "join": 3}
    seen.sort(key=lambda act: (act.at, order.get(act.kind, 4)))
    return [act for act in seen if act.at <= until]


def _joined(stretches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for start, end in sorted(stretches):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
