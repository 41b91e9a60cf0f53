"""The sandbox's server with a short minute: uvicorn after `SHORT_MINUTE_S` became its window."""

import os
import runpy
from datetime import timedelta

import django

django.setup()

from bots.sandbox.api import gate  # noqa: E402

gate.WINDOW = timedelta(seconds=float(os.environ["SHORT_MINUTE_S"]))
runpy.run_module("uvicorn", run_name="__main__", alter_sys=True)
