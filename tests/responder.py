"""A chat endpoint on this machine that speaks as OpenAI's does, and says what a test wants."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Endpoint:
    """`answers` are given one after the other, the last one again and again.

    An answer is a text, or a dict: `text`, `calls` (name -> arguments), `status`, `ended`, `usage`,
    `raw` (bytes instead of all that), `wait_s`. `asked` are the bodies of what was asked.
    """

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers) or ["Hello."]
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.paths: list[str] = []
        self.url = ""

    def next(self) -> dict[str, Any]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return {"text": answer} if isinstance(answer, str) else dict(answer)


@contextmanager
def endpoint(*answers: Any) -> Iterator[Endpoint]:
    """One that runs; its `url` is what an assistant is told."""
    made = Endpoint(*answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.asked.append(json.loads(body))
            made.keys.append(self.headers.get("Authorization", ""))
            made.paths.append(self.path)
            answer = made.next()
            time.sleep(answer.get("wait_s", 0))
            if "raw" in answer:
                self._whole(answer.get("status", 200), answer["raw"])
            elif answer.get("status", 200) != 200:
                told = {"error": {"message": f"no, {self.headers.get('Authorization')}"}}
                self._whole(answer["status"], json.dumps(told).encode())
            else:
                self._stream(answer)

        def _whole(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _stream(self, answer: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in chunks(answer):
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def chunks(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pieces in which such an endpoint tells it."""
    text, calls = answer.get("text", ""), answer.get("calls", {})
    for word in [text[at : at + 20] for at in range(0, len(text), 20)]:
        yield _chunk({"content": word})
    for number, (name, arguments) in enumerate(calls.items()):
        written = arguments if isinstance(arguments, str) else json.dumps(arguments)
        half = len(written) // 2
        first = {"name": name, "arguments": written[:half]}
        call = {"index": number, "id": f"call_{number}", "type": "function", "function": first}
        yield _chunk({"tool_calls": [call]})
        rest = {"index": number, "function": {"arguments": written[half:]}}
        yield _chunk({"tool_calls": [rest]})
    yield _chunk({}, answer.get("ended", "tool_calls" if calls else "stop"))
    usage = answer.get("usage", {"prompt_tokens": 100, "completion_tokens": 10})
    if usage is not None:
        total = sum(usage.values())
        yield _chunk(None) | {"usage": usage | {"total_tokens": total}}


def _chunk(delta: dict[str, Any] | None, ended: str | None = None) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": ended}]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": choices,
    }
