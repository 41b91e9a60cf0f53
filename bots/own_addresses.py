"""The address at which Recall tells what happens in the meeting of one bot, while it happens.

Its token is made by signing, so none is stored; it stands in a request only when that goes out.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.core import signing

from bots import conf
from bots.policy import listening

PATH: Final = "/realtime/recall/"
_SALT: Final = "bots.own_addresses"


def token(bot_pk: int) -> str:
    """The word that lets Recall tell of that bot; it opens nothing else."""
    return signing.Signer(salt=_SALT).sign(str(bot_pk))


def bot_of(token: str) -> int | None:
    """The key of the bot that this token was made for, or None for any other word."""
    try:
        return int(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        return None


def put_in(body: Mapping[str, Any], bot_pk: int) -> dict[str, Any]:
    """A Create Bot, Update or Start Recording body as it goes out: with the bot's own address.

    Where Recall cannot reach us (any more), our endpoint is left out.
    """
    sent = dict(body)
    if sent.get("recording_config"):
        sent["recording_config"] = put_in(sent["recording_config"], bot_pk)
    if "realtime_endpoints" not in sent:
        return sent
    origin = conf.live_origin()
    ours = {"url": f"{origin}{PATH}{token(bot_pk)}/"}
    sent["realtime_endpoints"] = [
        {**each, **ours} if listening.is_ours(each) else each
        for each in sent["realtime_endpoints"] or []
        if origin or not listening.is_ours(each)
    ]
    return sent


def taken_out(value: Any) -> Any:
    """What Recall answered, with the place of every such address in its stead."""
    if isinstance(value, Mapping):
        return {key: taken_out(each) for key, each in value.items()}
    if isinstance(value, list):
        return [taken_out(each) for each in value]
    return listening.PLACE if isinstance(value, str) and _is_one(value) else value


def _is_one(text: str) -> bool:
    if PATH not in text:
        return False
    try:
        return urlsplit(text).path.startswith(PATH)
    except ValueError:
        return True
