"""What a policy's page shows, worked out before a template sees it: rows, sections, time lines."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from django.forms import BoundField

from bots import formats as catalogue
from bots import policy
from bots.models import Picture, PolicyVersion
from bots.policy import Origin
from bots.policy_forms import NUMBERS, PolicyForm, control_values

# The other waits last from seconds to hours, so that their scale is logarithmic.
_DAY_S: Final = 86_400
_MARKS_S: Final = (10, 60, 600, 3600, 36_000)
LABELS: Final = {"after": "Looks from", "for": "Leaves after", "": "At most"}


@dataclass(frozen=True, slots=True)
class Row:
    """One field: its control or its value in words, where the value comes from, what is said of it.

    `back` is what a press on “Back” puts into the controls, as JSON; "" where there is no way back.
    """

    name: str
    label: str
    value: str
    origin: Origin
    origin_words: str
    control: BoundField | None = None
    is_unsaved: bool = False
    back: str = ""
    back_value: str = ""
    reading: str = ""
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of the policy in words; `is_new` while it is typed but not saved."""

    text: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One of the sections: its rows by field, what it says, whether it may be changed here."""

    key: str
    label: str
    sentences: tuple[Sentence, ...]
    rows: Mapping[str, Row]
    is_open: bool
    is_locked: bool
    is_lockable: bool = False
    # Teams that set something here themselves, for whoever thinks of locking it.
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    words: str
    sets: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """A timer with its rows and its picture: asleep until `armed`, counting until `goes`, in %."""

    timer: policy.Timer
    rows: tuple[Row, ...]
    armed: str
    counts: str
    goes: str

    @property
    def is_off(self) -> bool:
        return self.timer.for_s is None

    @property
    def labelled(self) -> list[tuple[str, Row]]:
        """Each row with the short word that its place in the timer gives it."""
        return [(_short_label(self.timer, row.name), row) for row in self.rows]


@dataclass
class Sheet:
    """A version on the desk, as it is or as somebody is typing it over (`form`).

    `number` is how the next version would be called.
    """

    version: PolicyVersion
    form: PolicyForm | None
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def pure(self) -> policy.Version:
        return self.version.pure

    @cached_property
    def saved(self) -> policy.Rules:
        return self.pure.rules

    @cached_property
    def rules(self) -> policy.Rules:
        """As typed, where a form is being filled in; as saved otherwise."""
        return self.form.typed if self.form is not None else self.saved

    @cached_property
    def changes(self) -> tuple[policy.Difference, ...]:
        """What is typed and not saved."""
        locks = self.version.locks
        is_default = self.version.team_id is None
        typed = self.form.locked if self.form is not None and is_default else locks
        return policy.differences(self.saved, self.rules, locks, typed)

    @cached_property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the row, sentence) of everything that keeps it from being saved."""
        if self.form is None or not self.form.is_bound:
            return []
        found = []
        for name, sentences in self.form.errors.items():
            label = policy.LABELS.get(name, "")
            for sentence in map(str, sentences):
                spot = f"rule-{name}" if label else ""
                found.append((spot, f"{label}: {sentence}" if label else sentence))
        return found

    @cached_property
    def rows(self) -> dict[str, Row]:
        said = policy.warnings(self.rules)
        return {name: self._row(name, tuple(said.get(name, ()))) for name in policy.FIELDS}

    @cached_property
    def sections(self) -> dict[str, Section]:
        """By key, in the order of the page."""
        before, after = policy.in_words(self.saved), policy.in_words(self.rules)
        return {
            key: Section(
                key=key,
                label=policy.SECTION_LABELS[key],
                sentences=tuple(
                    Sentence(text, is_new=text not in before[key]) for text in after[key]
                ),
                rows={name: self.rows[name] for name in names},
                is_open=self.form is not None and names[0] in self.form.names,
                is_locked=key in self.version.locks,
                is_lockable=key in policy.LOCKABLE,
                owners=self.owners.get(key, ()),
            )
            for key, names in policy.SECTIONS.items()
        }

    @property
    def presets(self) -> Iterator[Preset]:
        here = policy.preset_of(self.rules)
        for name, timers in policy.PRESETS.items():
            sets = json.dumps({field: [str(seconds)] for field, seconds in timers.items()})
            yield Preset(name, policy.PRESET_WORDS[name], sets, is_on=name == here)

    @property
    def is_own_numbers(self) -> bool:
        return not policy.preset_of(self.rules)

    @cached_property
    def time_line(self) -> policy.TimeLine:
        return policy.time_line(self.rules)

    @property
    def detections(self) -> list[Lane]:
        """The three rules that tell when only bots are left, over one scale."""
        drawn = {each.timer.key: each for each in self.time_line.lanes}
        lanes = []
        for timer in policy.timers(self.rules)[:3]:
            rows = tuple(self.rows[name] for name in timer.fields)
            if each := drawn.get(timer.key):
                spots = (each.armed_percent, each.counts_percent, each.goes_percent)
            else:
                spots = ("0%", "0%", "0%")
            lanes.append(Lane(timer, rows, *spots))
        return lanes

    @property
    def waits(self) -> list[Lane]:
        """The other rules of leaving, over a scale from seconds to a day."""
        lanes = []
        for timer in policy.timers(self.rules)[3:]:
            rows = tuple(self.rows[name] for name in reversed(timer.fields))
            armed = _log_share(timer.after_s or 0)
            goes = _log_share(timer.earliest_s)
            lanes.append(Lane(timer, rows, _percent(armed), _percent(goes - armed), _percent(goes)))
        return lanes

    @property
    def own_leaving(self) -> list[Row]:
        """What recalldash itself sees to."""
        return [self.rows[name] for name in policy.OWN_LEAVE_FIELDS]

    @property
    def marks(self) -> list[tuple[str, str]]:
        """(where, what) of the ticks under the other waits."""
        return [(_percent(_log_share(mark)), policy.short(mark)) for mark in _MARKS_S]

    @property
    def groups(self) -> dict[str, list[catalogue.Format]]:
        return catalogue.groups()

    @property
    def transcribers(self) -> tuple[catalogue.Transcriber, ...]:
        return catalogue.TRANSCRIBERS

    @property
    def picture(self) -> Picture | None:
        """The bot's picture as typed."""
        digest = self.rules.bot_picture
        return self.version.workspace.pictures.filter(digest=digest).first() if digest else None

    @property
    def no_picture(self) -> str:
        """What a press on “Remove picture” puts into the controls, as JSON."""
        return json.dumps(control_values("bot_picture", ""))

    @cached_property
    def beneath(self) -> policy.Rules:
        """What counts where this policy says nothing."""
        return policy.Rules.read(self.pure.base if self.version.team_id else {})

    def _row(self, name: str, warnings: tuple[str, ...]) -> Row:
        value = getattr(self.rules, name)
        origin, words = self.pure.origin(name), self.pure.origin_words(name)
        row = Row(
            name=name,
            label=policy.LABELS[name],
            value=policy.say(name, value),
            origin=origin,
            origin_words=words,
            warnings=warnings,
        )
        if self.form is None or name not in self.form.names:
            return row
        beneath = getattr(self.beneath, name)
        typed = self.form.errors.get(name) if self.form.is_bound else None
        is_own = value != beneath or bool(typed)
        return Row(
            name=name,
            label=row.label,
            value=row.value,
            origin=origin,
            origin_words=words,
            control=self.form[name],
            is_unsaved=value != getattr(self.saved, name),
            back=json.dumps(control_values(name, beneath)) if is_own else "",
            back_value=policy.say(name, beneath),
            reading=_reading(name, value),
            errors=tuple(map(str, typed or ())),
            warnings=warnings,
        )


def _reading(name: str, value: Any) -> str:
    """A number of seconds as people say it, "" for what needs no reading."""
    if name not in NUMBERS or not name.endswith("_s"):
        return ""
    return policy.say(name, value)


def _short_label(timer: policy.Timer, name: str) -> str:
    if len(timer.fields) == 1:
        return LABELS[""]
    return LABELS["after" if name.endswith("_after_s") else "for"]


def _log_share(seconds: int) -> float:
    return min(math.log1p(max(seconds, 0)) / math.log1p(_DAY_S), 1.0)


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
