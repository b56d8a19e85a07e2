"""The report of a run: one page of HTML that needs nothing else, to read, to mail and to print."""

from bioweft.report.page import report

__all__ = ["report"]
