"""The embedded broker: kombu's folder of messages, made safe for several processes at once.

As it comes, kombu opens a message under its final name and writes it afterwards, so a worker that
looks in between reads an empty file and dies of it (under load that befell one message in fifty);
and it takes a message by moving it to the machine's temporary folder, which across file systems
is a copy that two workers can make.
"""

import json
import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    """Messages come into the folder, and are taken from it, by renaming."""

    def _put(  # type: ignore[override]  # kombu's own two signatures differ
        self, queue: str, payload: dict[str, Any], **kwargs: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        unfinished = folder / f"{name}.part"
        unfinished.write_text(json.dumps(payload))
        os.replace(unfinished, folder / name)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f"{name}.taken"
            try:
                os.rename(folder / name, taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            text = taken.read_text()
            taken.unlink()
            return json.loads(text)
        raise Empty


class Transport(filesystem.Transport):
    """What `CELERY_BROKER_TRANSPORT` names when no broker server is given."""

    Channel = Channel
