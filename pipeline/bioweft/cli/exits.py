"""The exit codes of all commands; 0 is done."""

FAILED = 1
USAGE = 2
"""The command line or the workflow file is wrong."""

DONE_WITH_REJECTS = 3
"""Done, but some records could not be read."""
