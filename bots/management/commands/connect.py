"""Make the first owner and workspace of a real installation."""

import getpass
import os
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from bots import accounts, connection
from bots.models import AuditEvent, Membership, Role, Verb, Workspace

LONGEST_NAME = 100
LONGEST_SLUG = 50


class Command(BaseCommand):
    help = (
        "Makes a workspace and its owner. The API key is asked for, or read from the environment "
        "(RECALL_API_KEY), never from the command line, where other people could see it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", help="what the workspace is called, e.g. Acme")
        parser.add_argument("owner", help="the e-mail address of its owner")
        parser.add_argument("--region", default="us-west-2", choices=list(connection.REGIONS))

    def handle(self, *args: Any, **options: Any) -> None:
        name, email, region = options["workspace"].strip(), options["owner"], options["region"]
        slug = _slug(name)
        # People type and Recall answers before anything is written: neither may hold a lock.
        owner = _owner(email)
        asked = f"API key of Recall, region {region}: "
        key = (os.environ.get("RECALL_API_KEY") or getpass.getpass(asked)).strip()
        verdict = connection.judge(key, region)
        if verdict.is_refusal:
            raise CommandError(verdict.sentence)
        with transaction.atomic():
            if owner.pk is None:
                owner.save()
            # Whoever types this vouches for the address.
            if owner.email:
                accounts.keep_address(owner, owner.email)
            workspace = Workspace.objects.create(name=name, slug=slug)
            member = Membership.objects.create(user=owner, workspace=workspace, role=Role.OWNER)
            member.teams.add(workspace.teams.create(name="Everyone"))
            now = timezone.now()
            connection.keep(workspace, verdict, api_key=key, region=region, now=now)
            # By nobody who is signed in: whoever has a terminal on the server.
            record = AuditEvent.objects.record
            told = {"role": member.role}
            record(workspace, Verb.JOINED, by=None, now=now, target=member, detail=told)
            told = {"region": region}
            record(workspace, Verb.KEY_CHANGED, by=None, now=now, target=workspace, detail=told)
        self.stdout.write(verdict.sentence)
        if workspace.webhook_url:
            self.stdout.write(
                "In Recall's dashboard, under Webhooks, add this address:\n"
                f"  {workspace.webhook_url}\n"
                "and paste its secret on the Settings page of the workspace."
            )
        else:
            self.stdout.write(
                "PUBLIC_URL is not an address that Recall can reach: the workspace is sync only."
            )


def _slug(name: str) -> str:
    """The workspace's word in addresses. Raises CommandError where the name gives none."""
    if len(name) > LONGEST_NAME:
        raise CommandError(f"The name of a workspace has at most {LONGEST_NAME} characters.")
    slug = slugify(name)[:LONGEST_SLUG].rstrip("-")
    if not slug:
        raise CommandError("The name of a workspace needs a letter or a digit of the Latin script.")
    if Workspace.objects.filter(slug=slug).exists():
        raise CommandError(f"There is a workspace called {slug} already.")
    return slug


def _owner(email: str) -> Any:
    """Whoever has that address, else a new superuser, not stored yet. Raises CommandError."""
    person = get_user_model()
    known = list(person.objects.filter(Q(username=email) | Q(email__iexact=email))[:2])
    if len(known) > 1:
        raise CommandError(f"{email} stands for several accounts. Name the owner otherwise.")
    if known:
        return known[0]
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError(f"{email} is not an e-mail address.") from error
    owner = person(username=email, email=email, is_staff=True, is_superuser=True)
    password = os.environ.get("OWNER_PASSWORD") or getpass.getpass(f"Password for {email}: ")
    try:
        validate_password(password, owner)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    owner.set_password(password)
    return owner
