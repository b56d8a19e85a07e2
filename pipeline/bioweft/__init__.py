"""bioweft reads the biomedical literature and weaves it into ranked entities, evidence and a knowledge graph."""

__version__ = "0.1.0"
