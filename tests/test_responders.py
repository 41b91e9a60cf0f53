"""Responders: asked over real HTTP, and whatever they answer becomes a reply or a sentence."""

import json

import pytest

from bots import responders
from bots.dialogue.terms import Call, Said, Tool
from bots.responders import Failed, Settings, asked
from bots.responders.openai_chat import OpenAIChat
from tests.responder import endpoint

SAID = [Said("system", "Be kind."), Said("user", "Ann says: hello")]
TOOL = Tool("leave_meeting", "Leave.", {"type": "object", "properties": {}})


def ask(url, said=SAID, *, kind="openai", key="sk-secret-key-123", **more):
    settings = Settings(kind=kind, key=key, base_url=url, model="m", bot="bot-1")
    return responders.responder(settings).respond(said, **more)


def test_an_answer_comes_in_pieces_with_its_tokens():
    grown = []
    with endpoint({"text": "Hello Ann, how are you today?"}) as there:
        reply = ask(there.url, told=grown.append)
    assert reply.text == "Hello Ann, how are you today?"
    assert (reply.tokens_in, reply.tokens_out, reply.is_guess) == (100, 10, False)
    assert grown[0] == "Hello Ann, how are y"
    assert grown[-1] == reply.text
    [body] = there.asked
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Ann says: hello"},
    ]
    assert body["stream"] is True
    assert "tools" not in body
    assert there.keys == ["Bearer sk-secret-key-123"]
    assert there.paths == ["/v1/chat/completions"]


def test_tools_are_offered_and_called():
    with endpoint({"calls": {"leave_meeting": {}, "send_chat": {"message": "Bye"}}}) as there:
        reply = ask(there.url, tools=[TOOL])
    assert [(c.name, c.arguments) for c in reply.calls] == [
        ("leave_meeting", {}),
        ("send_chat", {"message": "Bye"}),
    ]
    assert there.asked[0]["tools"][0]["function"]["name"] == "leave_meeting"


def test_what_came_of_a_tool_goes_back():
    said = [
        *SAID,
        Said("assistant", "", calls=(Call("c1", "leave_meeting", {}),)),
        Said("tool", "Done.", call_id="c1"),
    ]
    with endpoint("Bye.") as there:
        ask(there.url, said)
    messages = there.asked[0]["messages"]
    assert messages[2]["tool_calls"][0]["id"] == "c1"
    assert messages[3] == {"role": "tool", "content": "Done.", "tool_call_id": "c1"}


def test_arguments_that_are_no_json_are_none():
    with endpoint({"calls": {"leave_meeting": "{not json", "send_chat": "[1]"}}) as there:
        reply = ask(there.url, tools=[TOOL])
    assert [call.arguments for call in reply.calls] == [None, None]


def test_tokens_that_nobody_told_are_reckoned():
    with endpoint({"text": "x" * 40, "usage": None}) as there:
        reply = ask(there.url)
    assert reply.is_guess
    assert reply.tokens_out == 10


def test_a_refusal_and_a_cut_answer_are_known_as_such():
    with endpoint(
        {"text": "I", "ended": "content_filter"}, {"text": "And", "ended": "length"}
    ) as it:
        assert ask(it.url).refused
        assert ask(it.url).cut


@pytest.mark.parametrize(
    ("answer", "said", "again"),
    [
        ({"status": 401}, "does not take this key", False),
        ({"status": 404}, "no such model", False),
        ({"status": 400}, "did not take the question", False),
        ({"status": 429}, "enough for now", True),
        ({"status": 500}, r"an error \(500\)", True),
        ({"raw": b"<html>hello</html>"}, "answer", False),
        ({"raw": b'{"choices": []}'}, "answer", False),
        ({"text": ""}, "empty", False),
    ],
)
def test_what_is_no_answer_becomes_a_sentence_without_the_key(answer, said, again):
    with endpoint(answer) as there, pytest.raises(Failed, match=said) as failed:
        ask(there.url)
    assert failed.value.again is again
    assert "sk-secret" not in str(failed.value)


def test_who_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr("bots.responders.openai_chat.TOTAL_S", 0.5)
    with endpoint({"text": "late", "wait_s": 3}) as there, pytest.raises(Failed) as failed:
        ask(there.url)
    assert failed.value.again


def test_nobody_answers_where_nobody_is():
    with endpoint("x") as gone:
        url = gone.url
    with pytest.raises(Failed, match="not reached") as failed:
        ask(url)
    assert failed.value.again


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "192.168.1.5"])
def test_a_private_address_is_asked_only_where_it_was_named(settings, address):
    settings.SANDBOX = False
    made = OpenAIChat(Settings("openai", "k", "https://model.example/v1", "m"),
                      resolve=lambda host, port: [address])  # fmt: skip
    with pytest.raises(Failed, match="private network"):
        made.respond(SAID)
    settings.RESPONDER_HOSTS = ["127.0.0.1"]
    with endpoint("Here.") as there:
        assert ask(there.url).text == "Here."


def test_plain_http_is_refused_outside_of_the_sandbox(settings):
    settings.SANDBOX = False
    with pytest.raises(Failed, match="https"):
        ask("http://model.example/v1")


def test_chatbotkit_gets_the_whole_talk():
    answer = json.dumps({"text": "Hi Ann", "usage": {"token": 42}}).encode()
    with endpoint({"raw": answer}) as there:
        reply = ask(there.url, kind="chatbotkit")
    assert (reply.text, reply.tokens_in + reply.tokens_out) == ("Hi Ann", 42)
    assert there.paths == ["/v1/conversation/complete"]
    assert there.asked == [
        {
            "botId": "bot-1",
            "messages": [
                {"type": "context", "text": "Be kind."},
                {"type": "user", "text": "Ann says: hello"},
            ],
        }
    ]
    assert there.keys == ["Bearer sk-secret-key-123"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"status": 401}, "this key"),
        ({"status": 404}, "id right"),
        ({"status": 429}, "enough"),
        ({"status": 503}, "503"),
        ({"raw": b"[]"}, "could not be read"),
        ({"raw": b'{"text": 5}'}, "could not be read"),
        ({"raw": b'{"text": " "}'}, "empty"),
    ],
)
def test_what_chatbotkit_answers_otherwise_becomes_a_sentence(answer, said):
    with endpoint(answer) as there, pytest.raises(Failed, match=said):
        ask(there.url, kind="chatbotkit")


def test_an_echo_repeats_and_asks_nobody():
    reply = responders.responder(Settings("echo")).respond(SAID)
    assert reply.text == "Ann, you said: hello"


@pytest.mark.parametrize(
    ("settings", "lacks"),
    [
        (Settings("openai", "", "https://api.openai.com/v1", "m"), ["an API key"]),
        (Settings("openai", "", "http://localhost:1/v1", "m"), []),
        (Settings("openai", "k", "https://x.example", ""), ["the name of a model"]),
        (Settings("chatbotkit", "", "", ""), ["an API key", "the id of the ChatBotKit bot"]),
        (Settings("echo"), []),
        (Settings("oracle"), ["a responder that this release knows"]),
    ],
)
def test_what_is_missing_is_said(settings, lacks):
    assert asked.missing(settings) == lacks
    if lacks:
        with pytest.raises(Failed, match=lacks[0]):
            responders.responder(settings)
