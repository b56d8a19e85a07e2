"""One module a dictionary: which terminologies it is made of and which of their names become terms.

Each has `NAME`, `SOURCES` (the tables it reads) and `build(folder)`, which returns the concepts.
"""
