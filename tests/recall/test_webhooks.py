"""Signing and verifying, held against published vectors and an independent library."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
import standardwebhooks
import svix

from bots.recall.webhooks import FAMILIES, NotFromRecall, is_secret, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_dGVzdC1yZWNhbGwtc2VjcmV0"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BODY = json.dumps({"event": "bot.done", "data": {"note": "Zoë"}}, ensure_ascii=False).encode()

VECTORS = [
    (
        SECRET,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        OTHER,
        "msg_test_ws",
        1731705121,
        b"",
        "v1,G8Zcm5T/zrQcOdpVZcTrlaVlEJnI37PKpF6KKqWAnL8=",
    ),
]


def signed(body=BODY, *, secret=SECRET, at=NOW, family="webhook"):
    return sign(body, secret=secret, message_id="msg_1", at=at, family=family)


@pytest.mark.parametrize(("secret", "message_id", "timestamp", "body", "signature"), VECTORS)
def test_it_signs_the_published_vectors(secret, message_id, timestamp, body, signature):
    at = datetime.fromtimestamp(timestamp, UTC)
    headers = sign(body, secret=secret, message_id=message_id, at=at)
    assert headers == {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }
    assert verify(headers, body, secrets=[secret], now=at).message_id == message_id


@pytest.mark.parametrize("family", FAMILIES)
def test_it_verifies_both_families_in_any_case(family):
    headers = {name.title(): value for name, value in signed(family=family).items()}
    verified = verify(headers, BODY, secrets=[SECRET], now=NOW)
    assert (verified.message_id, verified.secret_index, verified.sent_at) == ("msg_1", 0, NOW)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_signs_what_svix_accepts(family):
    # svix reads the real clock, so this one delivery is of now.
    headers = signed(family=family, at=datetime.now(UTC))
    assert svix.Webhook(SECRET).verify(BODY, headers) == json.loads(BODY)


def test_it_signs_what_the_reference_library_signs():
    reference = standardwebhooks.Webhook(SECRET).sign("msg_1", NOW, BODY.decode())
    assert signed()["webhook-signature"] == reference


def test_it_accepts_what_svix_signs():
    signature = svix.Webhook(SECRET).sign("msg_1", NOW, BODY.decode())
    headers = {
        "svix-id": "msg_1",
        "svix-timestamp": str(int(NOW.timestamp())),
        "svix-signature": signature,
    }
    assert verify(headers, BODY, secrets=[SECRET], now=NOW).sent_at == NOW


def test_it_signs_the_moment_whatever_its_zone():
    berlin = NOW.astimezone(timezone(timedelta(hours=1)))
    assert signed(at=berlin) == signed(at=NOW)


def test_it_knows_which_of_several_secrets_signed():
    assert verify(signed(secret=OTHER), BODY, secrets=[SECRET, OTHER], now=NOW).secret_index == 1


@pytest.mark.parametrize("secret", [SECRET, OTHER])
def test_it_finds_its_signature_among_several(secret):
    headers = signed(secret=[OTHER, SECRET])
    assert headers["webhook-signature"].count("v1,") == 2
    assert verify(headers, BODY, secrets=[secret], now=NOW).secret_index == 0


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY.replace(b"done", b"fatal")])
def test_it_refuses_other_bytes(body):
    with pytest.raises(NotFromRecall) as caught:
        verify(signed(), body, secrets=[SECRET], now=NOW)
    assert caught.value.reason == "bad_signature"


@pytest.mark.parametrize(
    ("age_s", "reason"), [(0, None), (300, None), (-300, None), (301, "stale"), (-301, "stale")]
)
def test_it_refuses_what_is_five_minutes_away(age_s, reason):
    headers = signed(at=NOW - timedelta(seconds=age_s))
    if reason is None:
        assert verify(headers, BODY, secrets=[SECRET], now=NOW)
        return
    with pytest.raises(NotFromRecall) as caught:
        verify(headers, BODY, secrets=[SECRET], now=NOW)
    assert caught.value.reason == reason
    assert "clock" in str(caught.value)


def test_it_calls_a_forged_old_delivery_forged():
    headers = signed(secret=OTHER, at=NOW - timedelta(days=1))
    with pytest.raises(NotFromRecall) as caught:
        verify(headers, BODY, secrets=[SECRET], now=NOW)
    assert caught.value.reason == "bad_signature"


@pytest.mark.parametrize(
    ("secret", "usable"),
    [
        (SECRET, True),
        (SECRET.removeprefix("whsec_"), True),
        (f" {SECRET}\n", True),
        ("whsec_dGVzdC1yZWNhbGwtc2VjcmV0IQ", True),
        ("whsec_" + "A" * 22, True),
        ("whsec_" + "A" * 20, False),
        (OTHER.removeprefix("whsec_"), False),
        ("nonsense", False),
        ("whsec_nonsense", False),
        ("", False),
        ("whsec_", False),
        ("whsec_!!!!", False),
        ("whsec_é", False),
        ("a", False),
    ],
)
def test_it_knows_what_can_be_a_secret(secret, usable):
    assert is_secret(secret) is usable
    if usable:
        assert verify(signed(secret=secret), BODY, secrets=[secret], now=NOW)


@pytest.mark.parametrize(
    ("body", "options"),
    [
        (BODY, {"at": NOW.replace(tzinfo=None)}),
        (BODY, {"secret": "whsec_"}),
        (BODY, {"secret": []}),
    ],
)
def test_it_does_not_sign_what_nobody_could_verify(body, options):
    with pytest.raises(ValueError, match="secret|zone"):
        signed(body, **options)
