"""The append-only feed of what changed, which streams replay from."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.expressions import Func

from bots.models.workspace import Workspace


class TransactionId(Func):
    """The id of the writing transaction on PostgreSQL, where ids commit out of order; else 0.

    A reader that asks only for `id > last` misses rows of transactions that began earlier and
    commit later; the pair (transaction, id) misses none. SQLite has one writer at a time.
    """

    arity = 0
    output_field = models.BigIntegerField()

    def as_sql(
        self, compiler: Any, connection: Any, *args: Any, **kwargs: Any
    ) -> tuple[str, tuple[Any, ...]]:
        return "0", ()

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "(pg_current_xact_id()::text::bigint)", ()


class Change(models.Model):
    """Something a browser may want to show anew: a bot, or the whole workspace (`bot_id` null)."""

    tx = models.BigIntegerField(db_default=TransactionId(), editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    bot_id = models.BigIntegerField(null=True)
    # Whose bot it is, so that those who may not see it do not hear that it moved.
    team_id = models.BigIntegerField(null=True)
    # What kind of news: "" for what any page of the bot shows, "said" for what only those want that
    # follow its meeting word by word.
    topic = models.CharField(max_length=20, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["tx", "id"], name="feed_order"),
            models.Index(fields=["at"], name="feed_age"),
        ]

    def __str__(self) -> str:
        return f"{self.tx}.{self.pk}"

    @classmethod
    def tell(
        cls,
        *,
        workspace_id: int,
        bot_id: int | None,
        team_id: int | None = None,
        topic: str = "",
        now: datetime,
    ) -> None:
        """Note, inside the transaction that made it so, that something changed."""
        cls.objects.create(
            workspace_id=workspace_id, bot_id=bot_id, team_id=team_id, topic=topic, at=now
        )
