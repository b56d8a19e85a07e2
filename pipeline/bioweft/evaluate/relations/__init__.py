"""Corpora of relations: examples with all candidate pairs, what must stay out of training, and protocols of scoring."""
