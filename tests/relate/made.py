"""A relation model of the user's own, in a package that tests install."""

from pathlib import Path

MODULE = """
class Cures:
    def __init__(self, word="cures"):
        self.word = word

    def relate(self, text, subject, object):
        between = text[subject.end : object.start]
        if "pigs" in text:
            raise ValueError("no pigs")
        if self.word in between:
            yield "biolink:treats", 0.75, "never" in between, "perhaps" in between

class Sure:
    def relate(self, text, subject, object):
        return [("biolink:related_to",)]

class Wrong:
    def relate(self, text, subject, object):
        return [("treats", 2)]

class Empty:
    pass
"""
ENTRIES = """[bioweft.relation_models]
cures = my_relations:Cures
sure = my_relations:Sure
wrong = my_relations:Wrong
empty = my_relations:Empty
gone = my_relations:Gone
"""


def install(folder: Path, version: str = "1.0") -> Path:
    """Write the package into a folder of `sys.path`, and return the folder."""
    (folder / "my_relations.py").write_text(MODULE)
    info = folder / "my_relations.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: my-relations\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(ENTRIES)
    return folder
