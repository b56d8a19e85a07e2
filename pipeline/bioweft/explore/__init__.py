"""The explorer: a finished run in the browser, served on the own machine.

Each page is one module of one form: a `Query` (the parameters in its address), a page model (what it shows, typed) and
a function from one to the other, registered as a `Kind` (`explore/pages`). The server (`explore/server`) gives every
kind three times: as HTML by a template, as JSON and as CSV. Questions to the run are those of `bioweft.analyse`;
nothing here writes into a run folder.
"""
