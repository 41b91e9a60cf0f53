"""Every field that holds words and is left alone when a person is erased, and why.

`tests/erasing` holds that every field stands here or in `personal.PARTS`.
"""

from collections.abc import Mapping
from typing import Final

_RECALL = "Recall's own word or id"
_OURS = "made by this program"
_ADMINS = "chosen by admins for teams and workspaces, not for people"
_SECRET = "a secret, sealed or hashed"

# Model -> field -> why erasing a person leaves it alone. "*": all of its fields.
KEPT: Final[Mapping[str, Mapping[str, str]]] = {
    "bots.alert": dict.fromkeys(("kind", "subject"), _OURS),
    "bots.alertaddress": {
        "name": "what leads call a chat of their team",
        "url": _SECRET,
        **dict.fromkeys(("token", "kinds", "problem"), _OURS),
    },
    "bots.alertchoice": {"*": _OURS},
    "bots.alertmessage": {
        **dict.fromkeys(("kind", "state"), _OURS),
        "error": "why a mail or a chat was not reached",
    },
    "bots.assistant": {
        "*": "what admins decide of an assistant: its name, instruction, responder, pages and key"
    },
    "bots.assistantsession": {
        "name": "what the assistant is called",
        **dict.fromkeys(("state", "recent"), _OURS),
    },
    "bots.assistantturn": {"kind": _OURS, "call_id": "the responder's own id of a tool's use"},
    "bots.auditevent": {"*": "append-only; names are replaced when it is shown or exported"},
    "bots.apitoken": {
        "name": "what admins call a program that uses the API",
        "scopes": _OURS,
        **dict.fromkeys(("digest", "prefix"), _SECRET),
    },
    "bots.artifact": dict.fromkeys(("kind", "format", "status", "sub_code"), _RECALL),
    "bots.batch": {"token": _OURS},
    "bots.bot": {
        "meeting_url": "the meeting's address, which its other participants share",
        "meeting_key": "the same, in its normal form",
        **dict.fromkeys(("platform", "code", "sub_code", "recording_status"), _RECALL),
        **dict.fromkeys(("phase", "outcome", "consent_stage"), _OURS),
    },
    "bots.budget": {"counted": _RECALL},
    "bots.call": {"*": "no body, no query: what was called, when and how it ended"},
    "bots.change": {"topic": _OURS},
    "bots.consent": dict.fromkeys(
        ("needs", "question", "yes", "no", "no_does", "asked"), "what the policy has bots ask"
    ),
    "bots.consentanswer": {"says": "yes, no, or confirmed"},
    "bots.clip": {"name": _SECRET, "etag": _RECALL, **dict.fromkeys(("state", "error"), _OURS)},
    "bots.delivery": {"message_id": _RECALL, "event": _RECALL, "state": _OURS},
    "bots.dryrun": {"state": _OURS, "bots": "our own ids"},
    "bots.ear": {"failure": _RECALL, "refusal": _OURS},
    "bots.erasure": {"what": _OURS},
    "bots.forgotten": {
        "digest": "a keyed digest, which names nobody",
        **dict.fromkeys(("meetings", "left_out"), _RECALL),
    },
    "bots.heartbeat": {"name": _OURS},
    "bots.invitation": {"role": _OURS, "digest": _SECRET},
    "bots.keptfile": {
        **dict.fromkeys(("kind", "part", "format", "content_type", "etag"), _RECALL),
        **dict.fromkeys(("path", "sha256", "state", "problem"), _OURS),
        "rule": "the policy that asked, by its team",
    },
    "bots.leaverule": dict.fromkeys(("when", "token", "state", "why"), _OURS),
    "bots.leftover": {"path": _OURS},
    "bots.membership": {"role": _OURS},
    "bots.order": {
        "given_by": "which rule, process or program, never a person",
        **dict.fromkeys(("action", "token", "state", "key", "error_code"), _OURS),
    },
    "bots.participantevent": {"action": _RECALL},
    "bots.personerasure": {
        "called": "emptied when it is finished",
        **dict.fromkeys(("token", "left_out", "meetings", "counts"), _OURS),
    },
    "bots.picture": {"digest": _OURS, "jpeg": "a picture that the team's bots show"},
    "bots.policyversion": dict.fromkeys(
        ("own", "rules", "locks"), "what bots are told: it is what was in force"
    ),
    "bots.poster": {
        "picture": "a still of the film, or a drawing without words: it goes with the recording",
        **dict.fromkeys(("media_type", "digest", "why_none"), _OURS),
    },
    "bots.recording": {
        **dict.fromkeys(("status", "sub_code"), _RECALL),
        **dict.fromkeys(("outcome", "missing"), _OURS),
    },
    "bots.recordingsummary": {"name": "what the assistant is called", "state": _OURS},
    "bots.share": {"digest": _SECRET, "prefix": _SECRET, "ended_why": _OURS},
    "bots.sound": {"digest": _OURS, "mp3": "a sound that the team's bots play"},
    "bots.statuschange": {"code": _RECALL, "sub_code": _RECALL, "source": _OURS},
    "bots.team": {"name": _ADMINS},
    "bots.track": dict.fromkeys(("part_id", "type"), _RECALL),
    "bots.transcript": {"provider": _RECALL},
    "bots.webhooksecret": {"secret": _SECRET},
    "bots.workspace": {
        **dict.fromkeys(("name", "slug"), _ADMINS),
        "region": _RECALL,
        "api_key": _SECRET,
        "webhook_token": _SECRET,
        **dict.fromkeys(("key_problem", "last_refusal", "import_rest"), _OURS),
    },
}
# Apps of others: accounts are members', who are removed on the page Members.
APPS_KEPT: Final[Mapping[str, str]] = {
    "account": "addresses of accounts: a member's own",
    "admin": "what was changed in Django admin, where no participant can be changed",
    "auth": "accounts: a member's own",
    "contenttypes": _OURS,
    "mfa": "second steps of accounts: a member's own",
    "sandbox": "another company; its people are invented",
    "sessions": "of whoever is signed in, until they run out",
    "socialaccount": "single sign-on of accounts: a member's own",
    "usersessions": "of whoever is signed in, until they run out",
}
