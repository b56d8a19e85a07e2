"""The version of bioweft, in a module of its own so that every part may ask for it."""

__version__ = "0.1.0"
