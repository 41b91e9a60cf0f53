"""Junk headers are a refusal with a reason, never another exception."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.recall.webhooks import NotFromRecall, sign, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BODY = b'{"event":"bot.done"}'
GOOD = sign(BODY, secret=SECRET, message_id="msg_1", at=NOW)
SVIX = sign(BODY, secret=SECRET, message_id="msg_1", at=NOW, family="svix")
STAMP, SIGNATURE = GOOD["webhook-timestamp"], GOOD["webhook-signature"]


def reason(headers, body=BODY, secrets=(SECRET,)):
    with pytest.raises(NotFromRecall) as caught:
        verify(headers, body, secrets=secrets, now=NOW)
    assert caught.value.sentence.startswith("Webhook refused: ")
    return caught.value.reason


@pytest.mark.parametrize(
    "signature",
    [
        "v1",
        "v1,",
        ",",
        "v1,a,b",
        f"{SIGNATURE},",
        f"v1,{SIGNATURE}",
        "v1,!!!not base64!!!",
        "v1,QUJD",
        "v1,é",
        "v1,\ud800",
        SIGNATURE.replace("v1,", "v2,"),
        SIGNATURE.replace("v1,", "v1a,"),
        SIGNATURE.replace("v1,", "V1,"),
        SIGNATURE[:-1],
        SIGNATURE.rstrip("="),
        " ".join(["v1,QUJD"] * 10_000),
        "x" * 1_000_000,
    ],
)
def test_it_refuses_a_junk_signature(signature):
    assert reason({**GOOD, "webhook-signature": signature}) == "bad_signature"


@pytest.mark.parametrize("around", ["v1,QUJD {}", "{} v1", "v2,é {} ,,,", "  {}  "])
def test_it_finds_the_good_signature_among_junk(around):
    headers = {**GOOD, "webhook-signature": around.format(SIGNATURE)}
    assert verify(headers, BODY, secrets=[SECRET], now=NOW).message_id == "msg_1"


@pytest.mark.parametrize(
    "timestamp",
    [
        "soon",
        f"{STAMP}.0",
        f"0{STAMP}",
        f"+{STAMP}",
        f" {STAMP}",
        "1e9",
        "-1",
        "nan",
        "inf",
        "9" * 5000,
        "999999999999",
        "١٢٣",
        f"{STAMP}\n",
    ],
)
def test_it_refuses_a_junk_timestamp(timestamp):
    assert reason({**GOOD, "webhook-timestamp": timestamp}) == "junk"


@pytest.mark.parametrize("message_id", ["a b", "a\0b", "é", "a\nb", "x" * 300])
def test_it_refuses_a_junk_id(message_id):
    assert reason({**GOOD, "webhook-id": message_id}) == "junk"


@pytest.mark.parametrize("value", [b"bytes", 7, ["list"], {"a": 1}])
@pytest.mark.parametrize("name", sorted(GOOD))
def test_it_refuses_values_of_other_types(name, value):
    assert reason({**GOOD, name: value}) == "junk"


@pytest.mark.parametrize("name", sorted(GOOD))
@pytest.mark.parametrize("value", ["", None])
def test_it_needs_all_three_headers(name, value):
    assert reason({**GOOD, name: value}) == "no_signature"
    assert reason({n: v for n, v in GOOD.items() if n != name}) == "no_signature"
    assert reason({}) == "no_signature"


@pytest.mark.parametrize("part", ["id", "timestamp", "signature"])
def test_it_does_not_mix_families(part):
    mixed = {**GOOD, f"svix-{part}": SVIX[f"svix-{part}"]}
    del mixed[f"webhook-{part}"]
    assert reason(mixed) == "no_signature"


def test_it_takes_the_family_that_verifies():
    spoiled = {name: "v1,QUJD" if "signature" in name else value for name, value in GOOD.items()}
    assert verify({**spoiled, **SVIX}, BODY, secrets=[SECRET], now=NOW)
    assert reason({**spoiled, "svix-id": "x"}) == "bad_signature"


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_", "!!!"), ("é",)])
def test_it_needs_a_secret(secrets):
    assert reason(GOOD, secrets=secrets) == "no_secret"


def test_it_passes_over_a_spoiled_secret():
    assert verify(GOOD, BODY, secrets=["", "!!!", SECRET], now=NOW).secret_index == 2


def test_it_refuses_a_body_that_is_no_text_and_was_not_signed():
    assert reason(GOOD, body=b"\xff\xfe") == "bad_signature"


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\0", b'{"event": "\xc3\x28"}'])
def test_it_verifies_bytes_that_are_no_text(body):
    headers = sign(body, secret=SECRET, message_id="msg_1", at=NOW)
    assert verify(headers, body, secrets=[SECRET], now=NOW).message_id == "msg_1"


header = st.text(max_size=40) | st.sampled_from([*GOOD.values(), "", "v1,", "1" * 40])


@given(
    st.dictionaries(st.sampled_from([*GOOD, *SVIX, "Webhook-Id", "x"]), header),
    st.binary(max_size=20),
)
def test_it_never_raises_anything_else(headers, body):
    reason(headers, body)
