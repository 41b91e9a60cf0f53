"""A worker that calls Recall as often as the rate budget lets it, or now and then.

`python -m tests.orders.flood <workspace> <window_s> <begin> <end> <pause_s>`: times are POSIX
seconds. Prints what it saw as JSON: calls made, those that Recall refused with 429, and the
longest time that a call had to wait for its turn.
"""

import json
import sys
import time
from datetime import timedelta


def main(workspace_pk: int, window_s: float, begin: float, end: float, pause_s: float) -> None:
    import django

    django.setup()
    from bots import budget, connection
    from bots.models import Lane, Workspace
    from bots.recall import errors

    budget.WINDOW = timedelta(seconds=window_s)
    workspace = Workspace.objects.get(pk=workspace_pk)
    made, refused, longest_s = 0, 0, 0.0
    time.sleep(max(begin - time.time(), 0))
    with connection.recall(workspace, lane=Lane.CLICK) as recall:
        asked = time.time()
        while (now := time.time()) < end:
            try:
                recall.list_bots()
            except errors.OverBudget as error:
                time.sleep(min(error.retry_after_s, max(end - now, 0)))
                continue
            except errors.SlowDown:
                refused += 1
            made += 1
            longest_s = max(longest_s, time.time() - asked)
            time.sleep(pause_s)
            asked = time.time()
    print(json.dumps({"made": made, "refused": refused, "longest_s": longest_s}))


if __name__ == "__main__":
    main(int(sys.argv[1]), *map(float, sys.argv[2:6]))
