"""A private server that speaks S3 on a free port: `rclone serve s3` over a folder of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import httpx

from bots.archive_address import Address, read
from tests.chaos.servers import HOST, Server

KEY, SECRET = "a-key-of-the-tests", "a+secret/of@the-tests"


def program() -> str | None:
    beside = Path(sys.executable).parent / "rclone"
    return str(beside) if beside.exists() else shutil.which("rclone")


class Bucket(Server):
    """One bucket, `copies`."""

    name = "rclone"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def setting(self) -> str:
        secret = SECRET.replace("+", "%2B").replace("/", "%2F").replace("@", "%40")
        return f"s3://{KEY}:{secret}@copies?endpoint={self.url}&prefix=acme/films"

    @property
    def address(self) -> Address:
        return read(self.setting, folder=self.folder)

    @property
    def files(self) -> list[Path]:
        """What really lies in the bucket."""
        return sorted(path for path in (self.folder / "s3").rglob("*") if path.is_file())

    def spawn(self) -> "subprocess.Popen[bytes]":
        rclone = program()
        assert rclone is not None
        (self.folder / "s3" / "copies").mkdir(parents=True, exist_ok=True)
        command = [rclone, "serve", "s3", str(self.folder / "s3"), "--addr", f"{HOST}:{self.port}"]
        command += ["--auth-key", f"{KEY},{SECRET}", "--config", str(self.folder / "none.conf")]
        return self._popen([*command, "--vfs-cache-mode", "off", "--force-path-style=true"])

    def answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=2, trust_env=False).status_code < 500
        except httpx.HTTPError:
            return False
