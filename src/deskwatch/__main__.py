"""`python -m deskwatch`, for where the command itself is not on the path."""

from deskwatch.cli import main

main()
