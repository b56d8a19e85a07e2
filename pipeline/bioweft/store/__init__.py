"""What a run stores: schemas, the run folder, the index of live records, views over them."""
