"""What a person is called wherever others read of them."""

from django.contrib.auth.models import User


def called(person: User) -> str:
    """The full name, or the username of who gave none."""
    return str(person.get_full_name() or person.get_username())
