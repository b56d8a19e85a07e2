"""The storage of a run: schemas, the run folder, the index of live records, views over them."""
