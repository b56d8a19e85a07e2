"""From mention to concept: what is found in `bioweft.tag` is here given its meaning."""
