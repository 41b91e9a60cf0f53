"""The wiring as Django knows it: where Django is set up, tasks have their Celery app."""

from django.apps import AppConfig


class RecalldashConfig(AppConfig):
    name = "recalldash"

    def ready(self) -> None:
        # Not in `recalldash/__init__.py`: what starts the processes, and the sandbox, send no
        # tasks, and Celery would take 9 MiB of each of them.
        from recalldash import celery  # noqa: F401
