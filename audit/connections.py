"""The database connection that a thread holds, and giving it back."""

from django.db import connection


def give_connection_back() -> None:
    """Hand this thread's connection back before waiting for somebody else.

    One slow server would take the whole pool else.  Inside a transaction it stays: it
    is not ours to give then.
    """
    if not connection.in_atomic_block:
        connection.close()
