#!/usr/bin/env python
"""Run one of Django's or Sealwright's management commands."""

import os
import sys

from django.core.management import execute_from_command_line

# Schema and evidence belong to a role that no running process uses.
OWNERS_COMMANDS = {"migrate", "apply_retention"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    owner = os.environ.get("MIGRATION_DATABASE_URL")
    if owner and OWNERS_COMMANDS.intersection(sys.argv[1:2]):
        os.environ["DATABASE_URL"] = owner
    execute_from_command_line(sys.argv)
