"""Counts in words, the same in all commands."""

from bioweft.shown import counted as counted  # noqa: PLC0414 - commands read it here
