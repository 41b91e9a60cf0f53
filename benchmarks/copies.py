"""What some bots left in the tables, copied many times over by PostgreSQL itself.

A copy has ids, times, a workspace, people and Recall's ids of its own; all else is as the product
wrote it, so that rows for each bot, their width and what an index holds of them are true.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models

from bots.models import (
    Alert,
    Artifact,
    AuditEvent,
    Bot,
    Call,
    Change,
    Delivery,
    Heard,
    Order,
    Participant,
    ParticipantEvent,
    Passage,
    Poster,
    Recording,
    StatusChange,
    Team,
    Transcript,
    Workspace,
)

# What belongs to a bot, each after what it points to, with the way from a row to its bot. Mails of
# alerts are left out: ten bots made two.
OF_A_BOT: dict[type[models.Model], str] = {
    Bot: "t.id",
    Delivery: "t.bot_id",
    StatusChange: "t.bot_id",
    Order: "t.bot_id",
    Recording: "t.bot_id",
    Artifact: "(SELECT bot_id FROM bots_recording WHERE id = t.recording_id)",
    Participant: "t.bot_id",
    Alert: "t.bot_id",
    Heard: "(SELECT bot_id FROM bots_alert WHERE id = t.alert_id)",
    AuditEvent: "CASE WHEN t.kind = 'bot' THEN t.target_id END",
    # Those of looks name no bot: they go with the first of many. Lists are counted by the clock.
    Call: "CASE WHEN t.order_id IS NULL AND t.endpoint <> 'bot_list' THEN {any} ELSE"
    " (SELECT bot_id FROM bots_order WHERE id = t.order_id) END",
    Change: "t.bot_id",
}
# A hundred of each for every bot: a part of the bots has them.
THICK: dict[type[models.Model], str] = {
    Transcript: "(SELECT bot_id FROM bots_recording WHERE id = t.recording_id)",
    Passage: "(SELECT bot_id FROM bots_recording r JOIN bots_transcript s ON s.recording_id = r.id"
    " WHERE s.id = t.transcript_id)",
    ParticipantEvent: "(SELECT bot_id FROM bots_recording WHERE id = t.recording_id)",
    Poster: "(SELECT bot_id FROM bots_recording WHERE id = t.recording_id)",
}
# Told apart by a word of ours or of Recall's.
NAMED = {"message_id", "token", "key", "subject"}


class Copier:
    """Copies of what stood in the tables when it was made; `users` are the people who sent it."""

    def __init__(self, users: Sequence[User]) -> None:
        self._users = [user.pk for user in users]
        self._stride: dict[type[models.Model], int] = {}
        for model in (*OF_A_BOT, *THICK):
            last = model._default_manager.aggregate(last=models.Max("pk"))["last"]
            self._stride[model] = (last or 0) + 1
        self.copies = 0
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
            # Copies are as whole as what they are copies of: nobody need look.
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(
                "CREATE TEMPORARY TABLE home (n int PRIMARY KEY, workspace_id bigint,"
                " team_id bigint, people bigint[])"
            )
            cursor.execute(
                "CREATE TEMPORARY TABLE copy (g int, n int, ago interval, is_thick boolean)"
            )

    def house(self, n: int, workspace: Workspace, people: Sequence[User]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO home VALUES (%s, %s, %s, %s)",
                [n, workspace.pk, workspace.default_team.pk, [each.pk for each in people]],
            )

    def plan(self, count: int, *, over: timedelta, home: str, thick: int = 0) -> None:
        """The next copies, evenly over that time before now (or after it, where that is negative).

        `home` says by `g` which house one goes to; one of `thick` has what is thick, too.
        """
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE copy")
            cursor.execute(
                f"INSERT INTO copy SELECT g, {home}, %s * ((g - %s)::float / %s),"  # noqa: S608
                " %s > 0 AND mod(g, greatest(%s, 1)) = 0"
                " FROM generate_series(%s, %s) AS g",
                [over, self.copies, count, thick, thick, self.copies + 1, self.copies + count],
            )
        self.copies += count

    def copy(self, pks: Sequence[int], kept: dict[type[models.Model], timedelta]) -> None:
        """Copy those bots as planned; of what is kept for a while, what is younger."""
        any_ = str(pks[0]) if len(pks) > 1 else "NULL"
        for model, of_bot in (OF_A_BOT | THICK).items():
            fields = [field for field in model._meta.concrete_fields if not field.generated]
            names = ", ".join(f'"{field.column}"' for field in fields)
            values = ", ".join(self._value(model, field) for field in fields)
            which = ["c.is_thick"] if model in THICK else []
            params: list[Any] = [list(pks)]
            if model in kept:
                which.append("c.ago < %s")
                params.append(kept[model])
            with connection.cursor() as cursor:
                cursor.execute(
                    f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values}'  # noqa: S608
                    f' FROM copy c JOIN home h USING (n) JOIN "{model._meta.db_table}" t'
                    f" ON t.id < {self._stride[model]} AND"
                    f" {of_bot.format(any=any_)} = ANY(%s)"
                    f" WHERE {' AND '.join(which) or 'true'} ORDER BY c.g, t.id",
                    params,
                )

    def done(self) -> None:
        """Ids that are given out from now on are new ones."""
        with connection.cursor() as cursor:
            for model in (*OF_A_BOT, *THICK):
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"  # noqa: S608
                    f" (SELECT max(id) FROM {table}))"
                )
            cursor.execute("SET session_replication_role = DEFAULT")

    def _value(self, model: type[models.Model], field: Any) -> str:
        column = f't."{field.column}"'
        target = field.related_model if field.is_relation else None
        if field.primary_key:
            target = model
        elif (model, field.name) in ((Change, "bot_id"), (AuditEvent, "target_id")):
            target = Bot
        if target in self._stride:
            return f"{column} + c.g::bigint * {self._stride[target]}"
        if target is Workspace:
            return "h.workspace_id"
        if target is Team or field.name == "team_id":
            return f"CASE WHEN {column} IS NOT NULL THEN h.team_id END"
        if target is User:
            return f"h.people[array_position(ARRAY{self._users}::bigint[], {column}::bigint)]"
        if isinstance(field, models.DateTimeField):
            moved = f"{column} - c.ago"
            # What was due by now has been done by now.
            is_past = field.null and field.name.endswith("due_at")
            return f"CASE WHEN {moved} > now() THEN {moved} END" if is_past else moved
        if isinstance(field, models.UUIDField):
            return f"CASE WHEN {column} IS NOT NULL THEN gen_random_uuid() END"
        if field.name in NAMED:
            return f"{column} || '-' || c.g"
        if field.name == "tx":
            return "3"  # of a transaction that is over for long
        return column
