"""``manage.py db_roles``: the SQL of the database roles, to read and to run."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from governance.operations.roles import grants_sql, roles_sql


class Command(BaseCommand):
    """Print the SQL; it asks no database."""

    help = "Print the SQL that makes the database roles and grants them their rights."
    requires_system_checks = ()  # it comes before there is a database to check

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which half is wanted: roles come before the tables, grants after."""
        parser.add_argument("--only", choices=["roles", "grants"])

    def handle(self, **options: Any) -> None:
        """Print the roles, the grants, or both."""
        if options["only"] != "grants":
            self.stdout.write("-- Once, by an administrator of the database; then set")
            self.stdout.write("-- passwords (\\password in psql).")
            self.stdout.writelines(f"{line}\n" for line in roles_sql())
        if options["only"] != "roles":
            self.stdout.write("-- As sealwright_owner, after every migration.")
            self.stdout.writelines(f"{line}\n" for line in grants_sql())
