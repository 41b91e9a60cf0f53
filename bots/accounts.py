"""Whose an address is, and accounts that are made for one."""

import secrets
from string import ascii_lowercase, ascii_uppercase

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User

from bots.models import Invitation

LONGEST_USERNAME = 150
# The person whom everybody who tries the sandbox is: nobody's real address.
DEMO_EMAIL = "demo@example.com"
SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)


def same(one: str, other: str) -> bool:
    """Whether these are one address or name: but for capitals, and those of ASCII alone.

    Databases, and Python, hold some letters for one that are two: of “alıce” and “ALICE” each
    makes the other's capitals or small letters, and the one could come in as the other.
    """
    return one.translate(SMALL) == other.translate(SMALL)


def find(said: str) -> User | None:
    """The one account that an e-mail address or a user name stands for.

    A verified address goes before one that merely stands with an account, and both before a user
    name. An address of several accounts stands for none of them.
    """
    said = said.strip()
    if not said or "\0" in said:
        return None
    if "@" in said:
        rows = EmailAddress.objects.filter(email__iexact=said, verified=True).select_related("user")
        known = {row.user_id: row.user for row in rows if same(row.email, said)}
        if not known:
            users = User.objects.filter(email__iexact=said)
            known = {user.pk: user for user in users if same(user.email, said)}
        if known:
            return known.popitem()[1] if len(known) == 1 else None
    named = [u for u in User.objects.filter(username__iexact=said) if same(u.username, said)]
    exactly = [user for user in named if user.username == said]
    found = exactly or named
    return found[0] if len(found) == 1 else None


def has_address(user: User, email: str) -> bool:
    """Whether that address is this person's."""
    if is_verified(user, email):
        return True
    known = find(email)
    return known is not None and known.pk == user.pk


def is_verified(user: User, email: str) -> bool:
    """Whether the address is known to be this person's, not merely said to be."""
    rows = EmailAddress.objects.filter(user=user, verified=True)
    return any(same(row.email, email) for row in rows)


def keep_address(user: User, email: str) -> None:
    """Note that the address is this person's, and is the one that mail goes to."""
    EmailAddress.objects.filter(email=email.lower(), verified=False).delete()
    has_one = EmailAddress.objects.filter(user=user, primary=True).exists()
    EmailAddress.objects.get_or_create(
        user=user, email=email.lower(), defaults={"verified": True, "primary": not has_one}
    )


def make(email: str, *, name: str = "", password: str | None = None) -> User:
    """A new account with that address, verified. Without a password it has none that fits."""
    email = email.lower()
    user = User(username=_free_username(email), email=email, first_name=name.strip()[:150])
    user.set_password(password)
    user.save()
    keep_address(user, email)
    return user


def _free_username(email: str) -> str:
    if len(email) <= LONGEST_USERNAME and not User.objects.filter(username=email).exists():
        return email
    return f"member-{secrets.token_hex(8)}"


def for_invitation(invitation: Invitation) -> User | None:
    """The account that an invitation's address stands for, or None when it has yet to be made."""
    return find(invitation.email)
