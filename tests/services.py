"""Tells by its exit code whether PostgreSQL and Redis answer at the addresses it is given."""

import sys

import psycopg
import redis


def main(database_url: str, redis_url: str) -> int:
    """0 where both answer; 1 and a line that says what was skipped where one does not."""
    try:
        psycopg.connect(database_url, connect_timeout=2).close()
        redis.Redis.from_url(redis_url, socket_connect_timeout=2, socket_timeout=2).ping()
    except (psycopg.Error, redis.RedisError) as error:
        print(f"Skipped: the tests on PostgreSQL and Redis. {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
