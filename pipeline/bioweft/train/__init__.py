"""Making models: corpora, encoders, taggers. Needs the extra `train`, and nothing outside imports it."""
