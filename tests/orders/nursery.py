"""A process that has the dashboard loaded and forks workers, each of which dies where it is told.

`python -m tests.orders.nursery` reads one JSON object a line and answers each with one:
`{"order": pk, "step": "…", "signal": 9, "late_s": 0}` forks a worker that carries the order out
and sends itself the signal at that step; `{"go_on": pid}` lets a stopped one go on. The answers
are `{"pid": …, "ended": "killed 9" | "stopped" | "exit 0"}`. `{"batch": pk, "signal": 9,
"after": 3}` forks one that writes a batch's orders and gets the signal once three are written.
"""

import json
import os
import signal
import sys
from datetime import timedelta
from typing import Any


def _at(step: str, number: int) -> None:
    """Arrange for this process to get the signal at that step of an order."""
    from bots import orders, verdicts
    from bots.recall import wire

    def hit() -> None:
        os.kill(os.getpid(), number)

    def before(module: Any, name: str) -> None:
        real = getattr(module, name)

        def replaced(*args: Any, **kwargs: Any) -> Any:
            hit()
            return real(*args, **kwargs)

        setattr(module, name, replaced)

    def around_writes(*, after: bool) -> None:
        real = wire.Wire.exchange

        def replaced(self: wire.Wire, method: str, *args: Any, **kwargs: Any) -> Any:
            if method == "GET":
                return real(self, method, *args, **kwargs)
            if not after:
                hit()
                return real(self, method, *args, **kwargs)
            answer = real(self, method, *args, **kwargs)
            hit()
            return answer

        wire.Wire.exchange = replaced  # type: ignore[method-assign]

    match step:
        case "claimed":  # the order is taken up, nothing has been said
            before(orders, "_attempt")
        case "before the call":  # the call is written down, no byte has left
            around_writes(after=False)
        case "after the call":  # Recall has acted; nobody has looked at its answer
            around_writes(after=True)
        case "before the answer is written":  # the answer is understood
            before(orders, "_conclude")
        case "before the commit":  # all is written, in a transaction that still runs
            real = verdicts.accept

            def accept(*args: Any, **kwargs: Any) -> None:
                real(*args, **kwargs)
                hit()

            verdicts.accept = accept
        case _:
            raise ValueError(step)


def _work(order: int, step: str, number: int, late_s: float) -> None:
    from django.utils import timezone

    from bots import orders

    _at(step, number)
    orders.carry_out(order, clock=lambda: timezone.now() + timedelta(seconds=late_s))


def _write(batch: int, number: int, after: int) -> None:
    from django.utils import timezone

    from bots import actions, batches

    written, order = 0, actions.order

    def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal written
        if written == after:
            os.kill(os.getpid(), number)
        written += 1
        return order(*args, **kwargs)

    actions.order = counted
    batches.work(batch, clock=timezone.now, seconds=30)


def _wait(pid: int) -> str:
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return "stopped"
    if os.WIFSIGNALED(status):
        return f"killed {os.WTERMSIG(status)}"
    return f"exit {os.WEXITSTATUS(status)}"


def main() -> None:
    import django

    django.setup()
    from bots import orders  # noqa: F401  # loaded once, for all workers

    for line in sys.stdin:
        given = json.loads(line)
        if pid := given.get("go_on"):
            os.kill(pid, signal.SIGCONT)
        else:
            pid = os.fork()
            if pid == 0:
                code = 1
                try:
                    if "batch" in given:
                        _write(given["batch"], given["signal"], given["after"])
                    else:
                        _work(given["order"], given["step"], given["signal"], given["late_s"])
                    code = 0
                finally:
                    sys.stderr.flush()
                    os._exit(code)
        print(json.dumps({"pid": pid, "ended": _wait(pid)}), flush=True)


if __name__ == "__main__":
    main()
