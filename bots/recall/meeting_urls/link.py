"""What finding a meeting link gives: a link, or the reason why there is none."""

from dataclasses import dataclass


class NotALink(ValueError):
    """There is no link here to send a bot to. `sentence` is for a person, `reason` a short word.

    Reasons: empty, too_long, no_link, hidden_characters, scheme, userinfo, ip, private, host,
    port, look_alike.
    """

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Link:
    """A link that can be sent to Recall.

    `url` is what to send, password and tokens included. `platform` is Recall's word, empty for a
    host that is none of theirs. `key` is the same for every spelling of one meeting and holds no
    password. `label` is for people. `known` is False where only Recall can tell whether there is a
    meeting behind it: an unknown host, or a page of a platform that is no meeting.
    """

    url: str
    platform: str
    key: str
    meeting_id: str
    password: str
    label: str
    known: bool
