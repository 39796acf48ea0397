"""The settings of each session with PostgreSQL, whatever a role or the environment says."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

_CONNECT_TIMEOUT_SECONDS = 10
# A role or a database may set limits, as hosted ones do: one that ends a session while it waits
# would end the lock of passes with it. One of them is PostgreSQL 17's.
_WITHOUT_LIMITS = (
    "SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ('statement_timeout', "
    "'idle_in_transaction_session_timeout', 'transaction_timeout')"
)
# Whatever the environment says, texts go as UTF-8.
# A server that is cut off is noticed within half a minute (over TCP), and not within hours.
CONNECT = {
    "client_encoding": "utf8",
    "connect_timeout": _CONNECT_TIMEOUT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
# So the server notices a machine that is gone, whose locks would else last for two hours. And one
# that is set to end idle sessions is not to end those that hold a lock, listen, or wait in a pool.
SESSION = {
    "idle_session_timeout": "0",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}


def autocommit_engine(url: sa.URL, **options: Any) -> Engine:
    """Build an engine of settled sessions in which each statement is a transaction of its own."""
    return settle(
        sa.create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args=CONNECT,
            **options,
        )
    )


def settle(engine: Engine) -> Engine:
    """Let each connection of an engine begin with the settings of a session; return the engine."""
    sa.event.listen(engine, "connect", _settle)
    return engine


def _settle(connection: Any, _record: object) -> None:
    settings = ", ".join(
        f"set_config('{name}', '{value}', false)" for name, value in SESSION.items()
    )
    connection.execute(f"SELECT {settings}")
    connection.execute(_WITHOUT_LIMITS)
    connection.commit()
