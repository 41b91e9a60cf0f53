"""The least that takes a webhook: Starlette verifies its signature and commits one row.

`SECRET` (whsec_…) and `DATABASE_URL` (PostgreSQL, with a table `bare`) come from outside.
"""

import base64
import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
pool = AsyncConnectionPool(
    os.environ["DATABASE_URL"], min_size=16, max_size=16, open=False, kwargs={"autocommit": True}
)


async def hook(request: Request) -> Response:
    body = await request.body()
    message = request.headers["webhook-id"]
    text = message.encode() + b"." + request.headers["webhook-timestamp"].encode() + b"." + body
    wanted = base64.b64encode(hmac.digest(KEY, text, "sha256")).decode()
    if not hmac.compare_digest(request.headers["webhook-signature"].partition(",")[2], wanted):
        return Response(status_code=401)
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO bare (id, body) VALUES (%s, %s) ON CONFLICT DO NOTHING", (message, body)
        )
    return Response(status_code=204)


@asynccontextmanager
async def life(app: Starlette) -> AsyncIterator[None]:
    await pool.open()
    yield
    await pool.close()


application = Starlette(routes=[Route("/hook/", hook, methods=["POST"])], lifespan=life)
