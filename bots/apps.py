"""The app of the dashboard."""

from django.apps import AppConfig


class BotsConfig(AppConfig):
    name = "bots"
    verbose_name = "recalldash"

    def ready(self) -> None:
        from bots import checks  # noqa: F401  (registers the system checks)
