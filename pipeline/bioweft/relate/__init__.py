"""Relations between concepts: what a document says of two of them."""
