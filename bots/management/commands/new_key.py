"""`manage.py new_key`: a key for ENCRYPTION_KEYS."""

from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Print a fresh key; needs neither database nor settings."""

    help = "Print a new key for ENCRYPTION_KEYS. Put it in front of the older ones."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(Fernet.generate_key().decode())
