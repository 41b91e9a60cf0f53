"""How Django knows the sandbox."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """The sandbox is an app of its own: its tables never touch the dashboard's."""

    name = "bots.sandbox"
    label = "sandbox"
    default_auto_field = "django.db.models.BigAutoField"
