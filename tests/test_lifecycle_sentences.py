"""Sentences: every code and sub-code that Recall documents has words and a next step."""

import pytest

from bots.lifecycle import KINDS, Phase, explain, headline, notice

CODES = """
ready joining_call in_waiting_room in_call_not_recording recording_permission_allowed
recording_permission_denied in_call_recording call_ended recording_done done fatal media_expired
analysis_done analysis_failed participant_in_waiting_room breakout_room_entered breakout_room_left
breakout_room_opened breakout_room_closed
"""

CALL_ENDED = """
call_ended_by_host call_ended_by_platform_idle call_ended_by_platform_max_length
call_ended_by_platform_waiting_room_timeout timeout_exceeded_waiting_room
timeout_exceeded_noone_joined timeout_exceeded_everyone_left timeout_exceeded_silence_detected
timeout_exceeded_only_bots_detected_using_participant_names
timeout_exceeded_only_bots_detected_using_participant_events timeout_exceeded_in_call_not_recording
timeout_exceeded_in_call_recording timeout_exceeded_recording_permission_denied
timeout_exceeded_max_duration bot_kicked_from_call bot_kicked_from_waiting_room
bot_received_leave_call meeting_not_started breakout_room_not_open
timeout_exceeded_only_bots_in_call meeting_ended_by_host
"""

DENIED = """
zoom_local_recording_disabled zoom_local_recording_request_disabled
zoom_local_recording_request_disabled_by_host zoom_bot_in_waiting_room zoom_host_not_present
zoom_local_recording_request_denied_by_host zoom_local_recording_denied
zoom_local_recording_grant_not_supported zoom_sdk_key_blocked_by_host_admin
permission_denied_by_host
"""

FATAL = """
bot_errored meeting_not_found meeting_not_started meeting_requires_registration
meeting_requires_sign_in meeting_link_expired meeting_link_invalid meeting_password_incorrect
meeting_locked meeting_full meeting_ended failed_to_launch_in_time meeting_not_accessible
invalid_meeting_url

google_meet_internal_error google_meet_sign_in_failed google_meet_sign_in_captcha_failed
google_meet_bot_blocked google_meet_sso_sign_in_failed google_meet_sign_in_missing_login_credentials
google_meet_sign_in_missing_recovery_credentials google_meet_sso_sign_in_missing_login_credentials
google_meet_sso_sign_in_missing_totp_secret google_meet_video_error
google_meet_meeting_room_not_ready google_meet_login_not_available
google_meet_permission_denied_breakout google_meet_knocking_disabled google_meet_watermark_kicked
google_meet_organisation_restricted

zoom_sdk_credentials_missing zoom_sdk_update_required zoom_sdk_app_not_published
zoom_email_blocked_by_admin zoom_registration_required zoom_captcha_required zoom_account_blocked
zoom_invalid_join_token zoom_invalid_signature zoom_internal_error zoom_join_timeout
zoom_email_required zoom_web_disallowed zoom_connection_failed zoom_error_multiple_device_join
zoom_meeting_not_accessible zoom_meeting_host_inactive zoom_invalid_webinar_invite
zoom_another_meeting_in_progress zoom_token_expired zoom_bot_blocked
zoom_authorized_participants_only zoom_obf_user_not_in_meeting

microsoft_teams_call_dropped microsoft_teams_sign_in_credentials_missing
microsoft_teams_sign_in_failed microsoft_teams_internal_error microsoft_teams_captcha_detected
microsoft_teams_captcha_error microsoft_teams_bot_not_invited
microsoft_teams_breakout_room_unsupported microsoft_teams_event_not_started_for_external
microsoft_teams_2fa_required microsoft_teams_townhall_meeting_not_supported
microsoft_teams_captions_failure

webex_join_meeting_error webex_pin_required webex_password_required webex_service_app_unauthorized
"""

TRANSCRIPT = """
provider_connection_failed zoom_global_captions_disabled zoom_host_disabled_meeting_captions
zoom_captions_failure
"""

# What needs nobody to do anything.
SELF_EXPLAINING = {
    "call_ended_by_host",
    "meeting_ended_by_host",
    "timeout_exceeded_everyone_left",
}
SUB_CODES = [
    *(("call_ended", each) for each in CALL_ENDED.split()),
    *(("recording_permission_denied", each) for each in DENIED.split()),
    *(("fatal", each) for each in FATAL.split()),
    *(("transcript.failed", each) for each in TRANSCRIPT.split()),
]


@pytest.mark.parametrize("code", CODES.split())
def test_it_has_words_for_a_code(code: str) -> None:
    found = explain(code)
    assert found.known
    assert found.raw == code
    assert found.sentence.endswith(".")
    assert code not in found.title + found.sentence


@pytest.mark.parametrize(("code", "sub_code"), SUB_CODES)
def test_it_has_words_for_a_sub_code(code: str, sub_code: str) -> None:
    found = explain(code, sub_code)
    assert found.known
    assert found.raw == f"{code} · {sub_code}"
    assert found.sentence.endswith(".")
    assert "_" not in found.title + found.sentence + found.next_step
    assert found.next_step.endswith(".") or sub_code in SELF_EXPLAINING


def test_it_says_what_is_so_and_what_was_so() -> None:
    found = explain("in_waiting_room")
    assert (found.title, found.past) == ("Waiting to be let in", "Waited to be let in")
    assert found.next_step == "Ask the host to admit the bot."


def test_it_shows_an_unknown_code_as_it_came() -> None:
    found = explain("breakout_room_renamed", "by_host")
    assert found.title == "Breakout room renamed"
    assert found.raw == "breakout_room_renamed · by_host"
    assert "breakout_room_renamed · by_host" in found.sentence
    assert not found.known


def test_it_shows_an_unknown_reason_of_a_known_code() -> None:
    found = explain("call_ended", "hit_by_meteor")
    assert found.title == "Out of the meeting"
    assert "hit_by_meteor" in found.sentence
    assert not found.known


@pytest.mark.parametrize("phase", Phase)
def test_it_has_a_headline_in_every_phase(phase: Phase) -> None:
    assert headline(phase, code="odd_code", sub_code="odd_reason").endswith(".")


def test_it_says_who_gives_up_at_the_door() -> None:
    assert headline(Phase.WAITING, platform="google_meet", bot_name="Acme Notetaker") == (
        "Waiting to be let in. Google Meet gives up after 10 min. "
        "Ask the host to admit Acme Notetaker."
    )
    soon = headline(Phase.WAITING, platform="google_meet", waiting_limit_s=90)
    assert "The bot gives up after 1 min 30 s." in soon


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ["processing", "done", "failed", "deleted"])
def test_it_has_words_for_every_file(kind: str, status: str) -> None:
    found = explain(f"{kind}.{status}")
    assert found.known
    assert KINDS[kind] in found.sentence


def test_it_says_why_nothing_is_recorded() -> None:
    def say(**facts: object) -> str:
        return headline(Phase.IN_CALL, **facts)  # type: ignore[arg-type]

    assert "until a person starts" in say(start_on="manual", platform="zoom")
    assert "host may have to allow" in say(start_on="call_join", platform="zoom")
    assert "when someone speaks" in say(start_on="participant_speak", platform="google_meet")
    assert "another recording" in say(has_recorded=True)
    denied = say(code="recording_permission_denied", sub_code="zoom_host_not_present")
    assert "host was not in the meeting" in denied


def test_it_says_why_it_failed_and_what_to_do() -> None:
    said = headline(Phase.FAILED, code="fatal", sub_code="meeting_locked")
    assert (
        said == "The host has locked the meeting. Ask the host to unlock it, then send another bot."
    )


def test_it_gives_notice_of_a_long_wait_only() -> None:
    assert notice(Phase.WAITING, "in_waiting_room", "", 60) is None
    assert "Ask the host" in (notice(Phase.WAITING, "in_waiting_room", "", 61) or "")


def test_it_gives_notice_of_not_recording_unless_that_is_meant() -> None:
    code = "in_call_not_recording"
    assert notice(Phase.IN_CALL, code, "", 60) is None
    assert "not recording" in (notice(Phase.IN_CALL, code, "", 61) or "")
    assert notice(Phase.IN_CALL, code, "", 900, on_purpose=True) is None
    assert notice(Phase.PAUSED, code, "", 900) is None


def test_it_gives_notice_of_failure_and_of_a_denial_at_once() -> None:
    failed = notice(Phase.FAILED, "fatal", "meeting_full", 0, bot_name="Acme Notetaker")
    assert (failed or "").startswith("Acme Notetaker failed. The meeting has no place")
    denied = notice(Phase.IN_CALL, "recording_permission_denied", "zoom_host_not_present", 0)
    assert "may not record" in (denied or "")


def test_it_stays_quiet_when_all_is_well() -> None:
    for phase in (Phase.RECORDING, Phase.PROCESSING, Phase.FINISHED, Phase.JOINING):
        assert notice(phase, "", "", 9999) is None
