"""Relations between the concepts of a document: so far the dependency trees of its sentences."""
