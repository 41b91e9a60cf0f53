"""`python -m tests.keeping.worker PK STEP SIGNAL`: a worker that sends itself a signal at a step.

What it copies from, where to, and the row stand in its environment.
"""

import os
import sys
from typing import Any


def _at(step: str, number: int) -> None:
    from bots import archive, copying

    def around(module: Any, name: str, *, after: bool, times: int = 1) -> None:
        real, seen = getattr(module, name), 0

        def replaced(*args: Any, **kwargs: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == times and not after:
                os.kill(os.getpid(), number)
            answer = real(*args, **kwargs)
            if seen == times and after:
                os.kill(os.getpid(), number)
            return answer

        setattr(module, name, replaced)

    match step:
        case "before a byte has come":
            around(archive, "make_room", after=False)
        case "amid the file":  # the third time that what has come is made sure
            around(copying, "_to_disk", after=False, times=3)
        case "amid the file, just made sure":
            around(copying, "_to_disk", after=True, times=3)
        case "whole, not hashed":
            around(archive, "digest_of_partial", after=False)
        case "hashed, not stored":
            around(archive, "store", after=False)
        case "stored, not read back":
            around(archive, "digest", after=False)
        case "read back, not said":
            around(archive, "digest", after=True)
        case "said, partial file still there":
            around(archive, "drop_partial", after=False)
        case _:
            raise ValueError(step)


def main() -> None:
    import django

    django.setup()
    from django.utils import timezone

    from bots import copying

    pk, step, number = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    copying.SAVED_EVERY_S = 0.0
    _at(step, number)
    copying.work(pk, clock=timezone.now, seconds=60)


if __name__ == "__main__":
    main()
