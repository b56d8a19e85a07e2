"""From mentions to results: counts, rankings, co-occurrence, graph, plots, and the questions asked of them."""
