"""Starts a server and knocks: over 32 connections that stay open, then 100 times a second."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 32
WARMING, CALM = 200, 1_000


@dataclass(frozen=True)
class Server:
    """How it is started, and what it answers to what it took.

    The command ends with the option that takes the address: uvicorn's `--port` or gunicorn's
    `--bind`, which takes a port alone as `:port`.
    """

    what: str
    command: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    status: int


def request(path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    return f"{head}{lines}\r\n".encode() + body


async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, knock: bytes) -> int:
    writer.write(knock)
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    if length:
        await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def closed_loop(
    port: int, waiting: list[bytes], status: int
) -> tuple[float, list[float], int]:
    """All of them, as fast as 32 connections get answers: (seconds, each one's wait, refused)."""
    waiting = waiting[::-1]
    took: list[float] = []
    refused = 0

    async def connection() -> None:
        nonlocal refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            began = time.perf_counter()
            # Not `refused += await …`: that would forget what others counted while this one waited.
            answer = await one(reader, writer, waiting.pop())
            refused += answer != status
            took.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, took, refused


async def open_loop(port: int, waiting: list[bytes], status: int, *, rate: float) -> list[float]:
    """So many a second, whether or not the ones before were answered: each one's wait."""
    took: list[float] = []
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def knock_at(due: float, knock: bytes) -> None:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        line = await free.get()
        assert await one(*line, knock) == status
        took.append(time.perf_counter() - due)
        free.put_nowait(line)

    begin = time.perf_counter() + 0.1
    await asyncio.gather(*(knock_at(begin + n / rate, k) for n, k in enumerate(waiting)))
    return took


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(share * len(values)), len(values) - 1)] * 1000


def shown(took: list[float]) -> str:
    return f"p50 {percentile(took, 0.5):.1f} ms, p99 {percentile(took, 0.99):.1f} ms"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started(server: Server, port: int) -> subprocess.Popen[bytes]:
    address = f"127.0.0.1:{port}" if server.command[-1] == "--bind" else str(port)
    process = subprocess.Popen([*server.command, address], cwd=server.cwd, env=dict(server.env))
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.1)
    stopped(process)
    raise SystemExit(f"{server.what} did not start.")


def stopped(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def measured(server: Server, waiting: list[bytes]) -> float:
    """Webhooks a second at 32 connections; prints that and the waits. Refused ones end it."""
    port = free_port()
    process = started(server, port)
    try:
        _, _, cold = asyncio.run(closed_loop(port, waiting[:WARMING], server.status))
        seconds, took, refused = asyncio.run(
            closed_loop(port, waiting[WARMING:-CALM], server.status)
        )
        rate = len(took) / seconds
        print(f"{server.what}: {rate:.0f} a second at {CONNECTIONS} connections", flush=True)
        if cold + refused:
            raise SystemExit(f"{server.what} refused {cold + refused} of {len(waiting)}.")
        calm = asyncio.run(open_loop(port, waiting[-CALM:], server.status, rate=100))
        print("  waited " + shown(took) + "; at 100 a second " + shown(calm), flush=True)
    finally:
        stopped(process)
    return rate
