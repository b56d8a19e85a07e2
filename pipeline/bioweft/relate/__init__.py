"""Finds what a document says of two concepts: trees, candidate pairs, the graph network, negation."""
