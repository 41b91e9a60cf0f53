"""The wiring: settings, urls, servers and processes; no models, views or rules."""

from recalldash.celery import app as celery_app

__all__ = ["celery_app"]
