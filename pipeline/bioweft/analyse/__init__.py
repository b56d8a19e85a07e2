"""From mentions to results: counts, rankings, co-occurrence, graph, plots, and the questions asked of them."""

import logging

# Matplotlib warns of a home folder that it cannot write to. It needs none here, and no user can act on it.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
