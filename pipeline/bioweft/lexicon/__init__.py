"""Dictionaries: from terminologies to concepts with terms, and from terms to a matcher.

`load` is what the rest of bioweft asks for a dictionary, shipped or the user's own.
"""

from bioweft.lexicon.loading import load, load_in_pieces

__all__ = ["load", "load_in_pieces"]
