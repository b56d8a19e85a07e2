"""Text: sentences and abbreviations, with offsets kept."""
