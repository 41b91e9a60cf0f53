"""How busy twenty live meetings keep the sandbox's clock: `python benchmarks/realtime.py [bots]`.

Sends that many bots (20 by default) to meetings of the sandbox's own, each with a real-time
endpoint for everything that people say and do, and lets `manage.py sandbox_clock` tell them for a
minute to a receiver here. The number to beat stands in README.md.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
FOLDER = tempfile.mkdtemp(prefix="recalldash-benchmark-")
os.environ["DATA_DIR"] = FOLDER
os.environ["SANDBOX"] = "1"
os.environ["DJANGO_SETTINGS_MODULE"] = "recalldash.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402

from bots.sandbox import direct  # noqa: E402
from bots.sandbox.api.shapes import EVENTS  # noqa: E402
from bots.sandbox.models import Workspace  # noqa: E402

SECONDS = 60.0
API = "/sandbox/us-west-2/api/v1/bot/"
QUICK = {"recallai_streaming": {"mode": "prioritize_low_latency", "language_code": "en"}}


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    got: Counter[str] = Counter()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.got[self.path] += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


def main(bots: int) -> None:
    call_command("migrate", database="sandbox", verbosity=0)
    call_command("migrate", database="default", verbosity=0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{server.server_port}"
    settings.SANDBOX_ORIGIN = origin  # the one local address that may stand in a payload
    client = Client(headers={"Host": "localhost", "Authorization": "Token sandbox_us-west-2_busy"})
    for n in range(bots):
        webhook = {"type": "webhook", "url": f"{origin}/{n}", "events": EVENTS["webhook"]}
        config = {"transcript": {"provider": QUICK}, "realtime_endpoints": [webhook]}
        link = f"https://meet.google.com/abc-defg-h{chr(97 + n // 26)}{chr(97 + n % 26)}"
        body = {"meeting_url": link, "recording_config": config}
        answer = client.post(API, body, content_type="application/json")
        assert answer.status_code == 201, answer.content
    secret = direct.new_secret()
    direct.set_up(Workspace.objects.get(), secret_list=[secret])
    clock = subprocess.Popen([sys.executable, "manage.py", "sandbox_clock"], cwd=ROOT)
    time.sleep(45)  # people come, and the first plans are made
    before, told = _cpu_s(clock.pid), Receiver.got.total()
    time.sleep(SECONDS)
    busy, told = _cpu_s(clock.pid) - before, Receiver.got.total() - told
    clock.send_signal(signal.SIGTERM)
    clock.wait()
    whole = resource.getrusage(resource.RUSAGE_CHILDREN)
    server.shutdown()
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(
        f"{bots} meetings, {told / SECONDS:.1f} messages a second: the clock is busy for "
        f"{busy / SECONDS:.1%} of a core ({whole.ru_maxrss / 1024:.0f} MB)"
    )


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
