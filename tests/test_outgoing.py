"""Nothing is sent into a private network, whatever an address says or a resolver answers."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bots import outgoing

PUBLIC = "93.184.216.34"
PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "feff::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:0:0:0:0:f5ff:fffe",
]


@pytest.fixture
def sent(monkeypatch):
    """The addresses that a connection was made to, instead of making it."""
    found = []

    def send(url, content, address):
        found.append((url.host, address))
        return outgoing.Reply(200, None)

    monkeypatch.setattr(outgoing, "_send", send)
    return found


@pytest.fixture
def no_sandbox(settings):
    settings.SANDBOX = False


@pytest.mark.usefixtures("no_sandbox")
@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_into_a_private_network_is_refused(address, sent):
    with pytest.raises(outgoing.Refused, match="private network"):
        outgoing.post_json("https://chat.example/x", {}, resolve=lambda *_: [address])
    assert sent == []


@pytest.mark.usefixtures("no_sandbox")
@pytest.mark.parametrize("address", PRIVATE)
def test_one_private_address_among_public_ones_is_enough(address, sent):
    with pytest.raises(outgoing.Refused):
        outgoing.post_json("https://chat.example/x", {}, resolve=lambda *_: [PUBLIC, address])
    assert sent == []


@pytest.mark.usefixtures("no_sandbox")
@pytest.mark.parametrize(
    "url",
    [
        "http://chat.example/x",
        "ftp://chat.example/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://",
        "https:///x",
        "chat.example/x",
        "javascript:alert(1)",
        "https://name:word@chat.example/x",
        "https://name@chat.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:169.254.169.254]/latest",
        "https://10.1.2.3:8443/x",
        "https://chat.example:99999/x",
        "https://chat.example/" + "x" * 3000,
        "https://exa mple/x",
        "",
        "\x00",
    ],
)
def test_what_is_no_address_of_a_chat_is_refused_before_anybody_is_asked(url, sent):
    def never(*_):
        raise AssertionError("the resolver was asked")

    with pytest.raises(outgoing.Refused):
        outgoing.post_json(url, {}, resolve=never)
    assert sent == []


@pytest.mark.usefixtures("no_sandbox")
@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1", "017700000001"])
def test_other_ways_to_write_this_machine_are_refused_by_what_they_resolve_to(host, sent):
    """By the system's own resolver: it takes these for numbers."""
    with pytest.raises((outgoing.Refused, outgoing.Unreachable)):
        outgoing.post_json(f"https://{host}/x", {})
    assert sent == []


@pytest.mark.usefixtures("no_sandbox")
def test_a_name_that_answers_otherwise_a_moment_later_gains_nothing(sent):
    """Rebinding: it is asked once, and what it said then is where the connection goes."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    asked = []

    def resolve(host, port):
        asked.append(host)
        return next(answers)

    outgoing.post_json("https://chat.example/x", {}, resolve=resolve)
    assert (asked, sent) == (["chat.example"], [("chat.example", PUBLIC)])


def test_a_name_that_nobody_knows_is_no_answer(sent):
    def unknown(*_):
        raise socket.gaierror

    with pytest.raises(outgoing.Unreachable, match="not known"):
        outgoing.post_json("https://chat.example/x", {}, resolve=unknown)


@contextmanager
def server(status=200, headers=(), body=b"ok"):
    """A chat on this machine, and what it was sent."""
    got = []

    class Chat(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            got.append((self.path, dict(self.headers), json.loads(self.rfile.read(length))))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    chat = HTTPServer(("127.0.0.1", 0), Chat)
    threading.Thread(target=chat.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{chat.server_port}", got
    finally:
        chat.shutdown()
        chat.server_close()


def to_here(*_):
    return ["127.0.0.1"]


def test_it_posts_json_to_this_machine_where_the_sandbox_is_on(settings):
    settings.SANDBOX = True
    with server() as (url, got):
        assert outgoing.post_json(f"{url}/hook", {"text": "hello"}, resolve=to_here).is_fine
    path, headers, body = got[0]
    assert (path, body, headers["Content-Type"]) == ("/hook", {"text": "hello"}, "application/json")
    assert headers["Host"].startswith("localhost:")
    assert "Cookie" not in headers


def test_the_sandbox_opens_this_machine_alone(settings, sent):
    settings.SANDBOX = True
    for address in ("10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1"):
        with pytest.raises(outgoing.Refused):
            outgoing.post_json("https://chat.example/x", {}, resolve=lambda *_, a=address: [a])
    for url in ("http://chat.example/x", "http://10.0.0.1/x"):
        with pytest.raises(outgoing.Refused):
            outgoing.post_json(url, {}, resolve=lambda *_: [PUBLIC])
    assert sent == []


def test_it_follows_nowhere(settings):
    settings.SANDBOX = True
    with (
        server() as (elsewhere, got),
        server(302, [("Location", f"{elsewhere}/taken")]) as (url, _),
    ):
        reply = outgoing.post_json(f"{url}/hook", {}, resolve=to_here)
    assert (reply.status, got) == (302, [])


def test_it_reads_how_long_to_wait_and_no_more_of_an_answer_than_it_needs(settings):
    settings.SANDBOX = True
    with server(429, [("Retry-After", "7")], b"x" * 5_000_000) as (url, _):
        assert outgoing.post_json(url, {}, resolve=to_here) == outgoing.Reply(429, 7.0)


def test_one_that_answers_too_slowly_is_given_up_in_time(settings, monkeypatch):
    settings.SANDBOX = True
    monkeypatch.setattr(outgoing, "TOTAL_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://localhost:{silent.getsockname()[1]}/"
        with pytest.raises(outgoing.Unreachable, match="in time"):
            outgoing.post_json(url, {}, resolve=to_here)


def test_no_address_stands_in_a_log(settings, caplog):
    settings.SANDBOX = True
    caplog.set_level("DEBUG")
    with pytest.raises(outgoing.Unreachable) as failure:
        outgoing.post_json("http://localhost:1/services/SECRET", {}, resolve=to_here)
    assert "SECRET" not in caplog.text
    assert "SECRET" not in str(failure.value)
