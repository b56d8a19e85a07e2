"""Scoring annotations against gold: exact, overlap and by identifier, always together."""
