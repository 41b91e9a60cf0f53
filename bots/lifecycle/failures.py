"""Recall's `fatal` sub-codes in words: why a bot failed, and what to do about it."""

from __future__ import annotations

from typing import Final

from bots.lifecycle.codes import Words

_AGAIN: Final = "Send another bot. If it happens again, ask Recall's support."
_CHECK_LINK: Final = "Check the link with the host, then send another bot."
_HOST: Final = "Ask the host to change this, then send another bot."
_LOGIN: Final = "Check the Google accounts set up in Recall, then send another bot."
_TEAMS_LOGIN: Final = "Check the Microsoft account set up in Recall, then send another bot."
_ZOOM_APP: Final = "Check the Zoom app set up in Recall, then send another bot."
_ZOOM_ADMIN: Final = "Ask the administrator of that Zoom account to allow the bot."
_NO_WAY: Final = "Ask the host to hold an ordinary meeting."

# https://docs.recall.ai/docs/sub-codes, with those that Recall has added since.
GENERIC: Final[dict[str, Words]] = {
    "bot_errored": Words("The bot broke down", "The bot met an unexpected error.", _AGAIN),
    "meeting_not_found": Words(
        "No such meeting", "The platform knows no meeting at this link.", _CHECK_LINK
    ),
    "meeting_not_started": Words(
        "The meeting had not begun",
        "The meeting had not been started when the bot came.",
        "Send another bot once the host has started the meeting.",
    ),
    "meeting_requires_registration": Words(
        "The meeting asks for registration",
        "Only registered participants can join this meeting.",
        "Register for the meeting and send a bot with the personal link from the invitation.",
    ),
    "meeting_requires_sign_in": Words(
        "The meeting is for signed-in people",
        "Only people who are signed in can join this meeting.",
        "Ask the host to let guests in, or let Recall's bots sign in.",
    ),
    "meeting_link_expired": Words(
        "The link has expired", "The link no longer leads to a meeting.", _CHECK_LINK
    ),
    "meeting_link_invalid": Words(
        "The link is wrong", "The platform does not accept this link.", _CHECK_LINK
    ),
    "invalid_meeting_url": Words(
        "The link is wrong", "The platform does not accept this link.", _CHECK_LINK
    ),
    "meeting_password_incorrect": Words(
        "The meeting's password is wrong",
        "The password in the link is missing or wrong.",
        "Paste the whole link from the invitation, with its password.",
    ),
    "meeting_locked": Words(
        "The meeting is locked",
        "The host has locked the meeting.",
        "Ask the host to unlock it, then send another bot.",
    ),
    "meeting_full": Words(
        "The meeting is full",
        "The meeting has no place for another participant.",
        "Send another bot when someone has left.",
    ),
    "meeting_ended": Words(
        "The meeting was over", "The meeting had ended before the bot could join.", _CHECK_LINK
    ),
    "failed_to_launch_in_time": Words(
        "Recall had no bot in time",
        "Recall could not start the bot in time for the meeting.",
        "Send another bot now. A bot scheduled more than ten minutes ahead is guaranteed.",
    ),
    "meeting_not_accessible": Words(
        "The meeting cannot be entered",
        "The platform does not let the bot into this meeting.",
        "Ask the host to let guests in, then send another bot.",
    ),
}

GOOGLE_MEET: Final[dict[str, Words]] = {
    "google_meet_internal_error": Words(
        "Google Meet failed", "Google Meet reported an error of its own.", _AGAIN
    ),
    "google_meet_sign_in_failed": Words(
        "Google sign-in failed", "The bot could not sign in to its Google account.", _LOGIN
    ),
    "google_meet_sign_in_captcha_failed": Words(
        "Google asked for a captcha",
        "Google did not let the bot sign in without a captcha.",
        _LOGIN,
    ),
    "google_meet_bot_blocked": Words(
        "Google Meet turned the bot away",
        "Google Meet did not let the bot join this meeting.",
        "Ask the host to let guests ask to join, or let Recall's bots sign in.",
    ),
    "google_meet_sso_sign_in_failed": Words(
        "Single sign-on failed", "The bot could not sign in to Google by single sign-on.", _LOGIN
    ),
    "google_meet_sign_in_missing_login_credentials": Words(
        "No Google login", "Recall has no login for the bot's Google account.", _LOGIN
    ),
    "google_meet_sign_in_missing_recovery_credentials": Words(
        "No Google recovery data",
        "Google asked for recovery data that Recall does not have.",
        _LOGIN,
    ),
    "google_meet_sso_sign_in_missing_login_credentials": Words(
        "No single sign-on login", "Recall has no single sign-on login for the bot.", _LOGIN
    ),
    "google_meet_sso_sign_in_missing_totp_secret": Words(
        "No one-time codes", "Recall lacks the secret for the account's one-time codes.", _LOGIN
    ),
    "google_meet_video_error": Words(
        "Google Meet's video failed", "The bot could not receive the video of the meeting.", _AGAIN
    ),
    "google_meet_meeting_room_not_ready": Words(
        "The meeting room was not ready",
        "Google Meet had not opened the meeting room yet.",
        "Send another bot once someone is in the meeting.",
    ),
    "google_meet_login_not_available": Words(
        "No free Google account",
        "All Google accounts in Recall's login group are in use.",
        "Add accounts to the login group in Recall, or wait until a bot has finished.",
    ),
    "google_meet_permission_denied_breakout": Words(
        "No way into the breakout room",
        "The bot may not enter the breakout room.",
        "Ask the host to admit the bot there.",
    ),
    "google_meet_knocking_disabled": Words(
        "Guests cannot ask to join", "The host does not let guests ask to join.", _HOST
    ),
    "google_meet_watermark_kicked": Words(
        "Removed because of a watermark",
        "Google Meet protects this meeting with a watermark and removed the bot.",
        "Ask the host to switch off the watermark, then send another bot.",
    ),
    "google_meet_organisation_restricted": Words(
        "Open to the organisation only",
        "Only members of the host's organisation can join this meeting.",
        "Ask the host to let guests in, or let Recall's bots sign in with its account.",
    ),
}

ZOOM: Final[dict[str, Words]] = {
    "zoom_sdk_credentials_missing": Words(
        "No Zoom app", "Recall has no credentials for a Zoom app.", _ZOOM_APP
    ),
    "zoom_sdk_update_required": Words(
        "Zoom asks for a newer version", "Zoom no longer accepts the bot's version.", _AGAIN
    ),
    "zoom_sdk_app_not_published": Words(
        "The Zoom app is not approved",
        "An unapproved Zoom app can join meetings of its own account only.",
        "Have the Zoom app approved, or host the meeting in the app's own account.",
    ),
    "zoom_email_blocked_by_admin": Words(
        "The bot's address is blocked", "Zoom blocks the bot's email address here.", _ZOOM_ADMIN
    ),
    "zoom_registration_required": Words(
        "The meeting asks for registration",
        "Only registered participants can join this meeting.",
        "Register for the meeting and send a bot with the personal link from the invitation.",
    ),
    "zoom_captcha_required": Words("Zoom asked for a captcha", "Zoom asked for a captcha.", _AGAIN),
    "zoom_account_blocked": Words(
        "The Zoom account is blocked", "Zoom has blocked the account of the bot.", _ZOOM_APP
    ),
    "zoom_invalid_join_token": Words(
        "Zoom refused the join token",
        "The token that lets the bot record at once is not valid.",
        "Check the address in Recall that hands out join tokens.",
    ),
    "zoom_invalid_signature": Words(
        "Zoom refused the bot's signature", "Zoom did not accept the app's credentials.", _ZOOM_APP
    ),
    "zoom_internal_error": Words("Zoom failed", "Zoom reported an error of its own.", _AGAIN),
    "zoom_join_timeout": Words(
        "Zoom took too long", "The bot could not join within the time allowed.", _AGAIN
    ),
    "zoom_email_required": Words(
        "Zoom asks for an email address",
        "This meeting asks every participant for an email address.",
        "Ask the host to drop this, or send the bot with an address through Recall.",
    ),
    "zoom_web_disallowed": Words(
        "Joining from a browser is not allowed",
        "The meeting is end-to-end encrypted or does not admit browsers.",
        _HOST,
    ),
    "zoom_connection_failed": Words(
        "Zoom could not be reached", "The connection to Zoom failed.", _AGAIN
    ),
    "zoom_error_multiple_device_join": Words(
        "Signed in twice",
        "The bot's Zoom account is in another meeting, and may be in one at a time.",
        "Wait until the other bot has finished, then send another.",
    ),
    "zoom_meeting_not_accessible": Words(
        "The meeting cannot be entered", "Zoom does not let the bot into this meeting.", _HOST
    ),
    "zoom_meeting_host_inactive": Words(
        "The host's account is not active", "The host's Zoom account is not active.", _CHECK_LINK
    ),
    "zoom_invalid_webinar_invite": Words(
        "The webinar invitation is not valid",
        "Zoom does not accept this invitation to the webinar.",
        "Register again and send a bot with the new personal link.",
    ),
    "zoom_another_meeting_in_progress": Words(
        "The host is in another meeting",
        "The host has another meeting running, so this one cannot begin.",
        "Send another bot once that meeting is over.",
    ),
    "zoom_token_expired": Words(
        "The join token has expired",
        "The token that lets the bot join had expired.",
        "Check the address in Recall that hands out join tokens, then send another bot.",
    ),
    "zoom_bot_blocked": Words("Zoom turned the bot away", "Zoom blocks bots here.", _ZOOM_ADMIN),
    "zoom_authorized_participants_only": Words(
        "Open to authorised people only", "Only authorised Zoom users can join this meeting.", _HOST
    ),
    "zoom_obf_user_not_in_meeting": Words(
        "The person it acts for is not there",
        "The bot joins on behalf of someone who was not in the meeting.",
        "Send another bot once that person has joined.",
    ),
}

MICROSOFT_TEAMS: Final[dict[str, Words]] = {
    "microsoft_teams_call_dropped": Words(
        "Teams dropped the call", "The connection to Microsoft Teams broke.", _AGAIN
    ),
    "microsoft_teams_sign_in_credentials_missing": Words(
        "No Microsoft login", "Recall has no login for a Microsoft account.", _TEAMS_LOGIN
    ),
    "microsoft_teams_sign_in_failed": Words(
        "Microsoft sign-in failed", "The bot could not sign in to Microsoft.", _TEAMS_LOGIN
    ),
    "microsoft_teams_internal_error": Words(
        "Teams failed", "Microsoft Teams reported an error of its own.", _AGAIN
    ),
    "microsoft_teams_captcha_detected": Words(
        "Teams asked for a captcha",
        "Teams asks guests for a captcha in this meeting.",
        "Ask the host to drop the captcha, or let Recall's bots sign in.",
    ),
    "microsoft_teams_captcha_error": Words(
        "Teams asked for a captcha",
        "Teams asks guests for a captcha in this meeting.",
        "Ask the host to drop the captcha, or let Recall's bots sign in.",
    ),
    "microsoft_teams_bot_not_invited": Words(
        "The bot is not invited",
        "Only invited people can join this meeting.",
        "Ask the host to invite the bot's account, then send another bot.",
    ),
    "microsoft_teams_breakout_room_unsupported": Words(
        "Breakout rooms do not work in Teams",
        "Bots cannot follow into a Teams breakout room.",
        "Send a bot to the main meeting.",
    ),
    "microsoft_teams_event_not_started_for_external": Words(
        "The event has not begun for guests",
        "Teams had not opened the event for guests yet.",
        "Send another bot once guests can join.",
    ),
    "microsoft_teams_2fa_required": Words(
        "Microsoft asks for a second factor",
        "The bot's Microsoft account asks for a second factor, which a bot cannot give.",
        "Switch this off for the bot's account, then send another bot.",
    ),
    "microsoft_teams_townhall_meeting_not_supported": Words(
        "Town halls are not supported", "Bots cannot join a Teams town hall.", _NO_WAY
    ),
    "microsoft_teams_captions_failure": Words(
        "Teams gave no captions",
        "The captions of Teams could not be read.",
        "Send another bot with Recall's transcription.",
    ),
}

WEBEX: Final[dict[str, Words]] = {
    "webex_join_meeting_error": Words(
        "Webex did not let the bot in", "The bot could not join the Webex meeting.", _CHECK_LINK
    ),
    "webex_pin_required": Words(
        "Webex asks for a PIN", "This meeting can be entered with a host PIN only.", _HOST
    ),
    "webex_password_required": Words(
        "Webex asks for a password",
        "The link lacks the password of the meeting.",
        "Paste the whole link from the invitation, with its password.",
    ),
    "webex_service_app_unauthorized": Words(
        "The Webex app is not authorised",
        "Webex does not accept the app that the bot uses.",
        "Ask the Webex administrator to authorise the app, then send another bot.",
    ),
}
