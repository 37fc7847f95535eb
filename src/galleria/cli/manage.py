"""`galleria manage …`: the framework's commands (migrate, shell, makemigrations)."""

from __future__ import annotations


def run(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["galleria manage", *arguments])
    return 0
