"""What Recall reports of a recording's files, in words: `<kind>.<status>` for every kind."""

from __future__ import annotations

from typing import Final

from bots.lifecycle.codes import Words

# https://docs.recall.ai/docs/recording-webhooks; a kind that is not here shows as it came.
KINDS: Final[dict[str, str]] = {
    "video_mixed": "video",
    "audio_mixed": "audio",
    "video_separate": "video of each person",
    "audio_separate": "audio of each person",
    "transcript": "transcript",
    "participant_events": "list of participants",
    "meeting_metadata": "meeting details",
}


def _words(name: str) -> dict[str, Words]:
    title = name[:1].upper() + name[1:]
    return {
        "processing": Words(f"{title}: in the making", f"Recall is preparing the {name}."),
        "done": Words(f"{title}: ready", f"Recall has finished preparing the {name}."),
        "failed": Words(
            f"{title}: failed",
            f"Recall could not make the {name}.",
            "Ask Recall's support if it matters.",
        ),
        "deleted": Words(f"{title}: deleted", f"Recall no longer holds the {name}."),
    }


ARTIFACTS: Final[dict[str, Words]] = {
    f"{kind}.{status}": words
    for kind, name in KINDS.items()
    for status, words in _words(name).items()
}
