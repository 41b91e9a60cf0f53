"""The form of a message into a meeting's chat: what each platform takes, before it is sent."""

from collections.abc import Iterable
from typing import Any

from django import forms

from bots.lifecycle import chats, platform_label
from bots.models import Participant

LONGEST = 4096


class ChatForm(forms.Form):
    """What the bot shall say, to whom; `body()` once it is valid.

    `people` are those whom one can write to alone, where the platform lets a bot do that. `turn`
    counts the messages before: the field of the next one is another, and empty.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        platform: str,
        people: Iterable[Participant] = (),
        turn: int = 0,
    ) -> None:
        self.platform = platform
        chat = chats.chat_of(platform)
        limit = chat.limit if chat else LONGEST
        super().__init__(data, auto_id=f"chat-%s-{turn}")
        name = platform_label(platform) if platform else "this meeting"
        self.fields["message"] = forms.CharField(
            label="Message",
            strip=True,
            widget=forms.Textarea(
                attrs={
                    "rows": 2,
                    "maxlength": limit,
                    "placeholder": "Message to the meeting",
                    # What somebody is typing is theirs while the page goes on.
                    "hx-morph-skip": True,
                }
            ),
            error_messages={"required": "Write what the bot shall say."},
        )
        if chat is not None and chat.to_some:
            one_by_one = [(str(each.number), str(each)) for each in people]
            self.fields["to"] = forms.ChoiceField(
                label="To",
                choices=[*chats.RECIPIENTS.items(), ("One person", one_by_one)]
                if one_by_one
                else list(chats.RECIPIENTS.items()),
                required=False,
                widget=forms.Select(attrs={"hx-morph-skip": True}),
            )
        if chat is not None and chat.may_pin:
            self.fields["pin"] = forms.BooleanField(label="Pin it", required=False)
        self.hint = f"{name} takes {limit} characters at most."

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "message" in given:
            # A browser sends line ends as two characters, and counts one.
            given["message"] = given["message"].replace("\r\n", "\n")
            if why_not := chats.problem(self.platform, **self._body(given)):
                self.add_error("message", why_not)
        return given

    def body(self) -> dict[str, Any]:
        """The body of Send Chat Message."""
        return self._body(self.cleaned_data)

    @staticmethod
    def _body(given: dict[str, Any]) -> dict[str, Any]:
        return {
            "message": given["message"],
            "to": given.get("to") or chats.EVERYONE,
            "pin": bool(given.get("pin")),
        }
