"""The database's clock: the one that decides, whatever a process believes."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return the moment of this statement, not of its transaction's beginning.

    Whoever waited for a lock asks again afterwards.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    if not isinstance(moment, datetime):
        raise TypeError("The database's clock gave no time.")
    return moment
