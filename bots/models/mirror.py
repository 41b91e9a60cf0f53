"""What Recall returns of a bot besides its history: its settings, its time, its title."""

from typing import TYPE_CHECKING, Any

from bots import own_addresses
from bots.recall import reading, types

if TYPE_CHECKING:
    from bots.models.bot import Bot

# What `keep()` reads of a bot.
FIELDS = ("title", "config", "met_at")


def settings_in(answer: types.Bot) -> dict[str, Any]:
    """What Recall returned of a bot, without what happened to it, or opens a door by itself."""
    apart = ("status_changes", "recordings")
    told = {key: value for key, value in answer.raw.items() if key not in apart}
    return dict(own_addresses.taken_out(told))


def recording_config(bot: "Bot") -> dict[str, Any]:
    """How a bot records: as Recall has it, and where that says nothing, as the bot was sent."""
    key = "recording_config"
    return reading.mapping(bot.request.get(key)) | reading.mapping(bot.config.get(key))


def keep(bot: "Bot", answer: types.Bot) -> bool:
    """Keep what Recall returned of the bot's settings and time; say whether it was news."""
    veil = bot.veil_everywhere
    fresh: dict[str, Any] = {"config": veil.tree(settings_in(answer)), "gone_at": None}
    if not bot.title and (title := _meeting_title(answer)):
        fresh["title"] = veil.text(title)
    # Recall clears the time once the bot has joined; ours stays.
    if answer.join_at is not None:
        fresh |= {"join_at": answer.join_at, "met_at": answer.join_at}
    changed = [name for name, value in fresh.items() if getattr(bot, name) != value]
    for name in changed:
        setattr(bot, name, fresh[name])
    if changed:
        bot.save(update_fields=changed)
    return bool(changed)


def _meeting_title(answer: types.Bot) -> str:
    """What the meeting calls itself, once Recall has learnt it."""
    for recording in answer.recordings:
        metadata = recording.media.get("meeting_metadata")
        title = metadata and (metadata.raw.get("data") or {}).get("title")
        if isinstance(title, str) and title.strip():
            return title.strip()[:200]
    return ""
