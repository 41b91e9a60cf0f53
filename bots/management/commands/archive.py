"""`manage.py archive --check`: is every copy there and unchanged, and what lies there besides?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bots import archive, upkeep
from bots.models import KeptFile


class Command(BaseCommand):
    help = (
        "Read every copy of recordings and compare its size and SHA-256 with what was kept; list "
        "files that belong to no copy. Ends with 1 where anything is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", required=True, help="do that")
        parser.add_argument(
            "--delete-orphans",
            action="store_true",
            help="and delete the files that belong to no copy",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bad = self._copies() + self._orphans(delete=options["delete_orphans"])
        except archive.ArchiveError as error:
            raise CommandError(error.sentence) from None
        if bad:
            raise CommandError(f"{bad} files need attention.")

    def _copies(self) -> int:
        good = bad = 0
        for copy in KeptFile.objects.kept().select_related("workspace").iterator():
            problem = upkeep.check(copy, now=timezone.now())
            if problem:
                bad += 1
                self.stdout.write(
                    f"copy {copy.pk} of {copy.workspace.slug}, {copy.path}: {problem}"
                )
            else:
                good += 1
        self.stdout.write(f"{good} copies are what was kept, {bad} are not.")
        return bad

    def _orphans(self, *, delete: bool) -> int:
        """Files that nobody knows; what is being copied may be there already, and is known."""
        gone = [KeptFile.State.FAILED, KeptFile.State.DELETED]
        known = set(KeptFile.objects.exclude(state__in=gone).values_list("path", flat=True))
        left = 0
        for name in archive.names():
            if name in known:
                continue
            if delete and archive.is_name(name):
                archive.delete(name)
                self.stdout.write(f"deleted: {name}")
            else:
                left += 1
                self.stdout.write(f"belongs to no copy: {name}")
        return left
