"""Make the table of the Biolink model that exports are checked against, from the installed package biolink-model.

    python benchmarks/biolink_table.py

It has categories with what they are below, predicates with domain and range, the associations that exports use with
their slots, and the values of enumerations. The package itself is too large to ship, and takes seconds to read.
"""

import json
import sys
from collections.abc import Iterator
from importlib import metadata, resources
from typing import Any

import yaml

from bioweft.atomic import atomic
from bioweft.export import prefixes
from bioweft.export.graph import biolink

Schema = dict[str, Any]


def read() -> Schema:
    """Return the model as the package has it."""
    text = (resources.files("biolink_model") / "schema" / "biolink_model.yaml").read_text(encoding="utf-8")
    schema: Schema = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return schema


def derive(schema: Schema) -> Schema:
    """Return the table."""
    classes, slots = schema["classes"], schema["slots"]
    predicates = [name for name in slots if "related to" in lineage(slots, name)]
    associations = {name: association(schema, name) for name in map(words, biolink.ASSOCIATIONS)}
    enums = {range_ for a in associations.values() for range_ in a["slots"].values() if range_ in schema["enums"]}
    return {
        "version": metadata.version("biolink-model"),
        "categories": {
            class_name(name): [class_name(parent) for parent in parents(classes[name])]
            for name in sorted(classes)
            if "association" not in lineage(classes, name) and not name.endswith("association")
        },
        "predicates": {snake(name): predicate(slots, name) for name in sorted(predicates)},
        "associations": {class_name(name): value for name, value in associations.items()},
        "prefixes": {name: base for name, base in bases().items() if name in set(prefixes.biolink_prefixes())},
        "enumerations": {name: sorted(schema["enums"][name].get("permissible_values", {})) for name in sorted(enums)},
    }


def bases() -> dict[str, str]:
    """Return what the addresses of each prefix begin with."""
    file = resources.files("biolink_model") / "prefixmaps" / "biolink_model_prefix_map.json"
    addresses: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return addresses


def predicate(slots: Schema, name: str) -> Schema:
    """Return what a predicate is below, and the nearest domain and range on the way up."""
    about: Schema = {"parents": [snake(parent) for parent in parents(slots[name])]}
    for key in ("domain", "range"):
        values = (slots[above].get(key) for above in lineage(slots, name))
        about[key] = class_name(next(filter(None, values), "named thing"))
    return about | {key: True for key in ("symmetric", "deprecated") if slots[name].get(key)}


def association(schema: Schema, name: str) -> Schema:
    """Return the ranges of subject and object, the permitted predicates, and the slots with their ranges."""
    classes = schema["classes"]
    line = list(lineage(classes, name))
    own_slots = dict.fromkeys(slot for above in line for slot in classes[above].get("slots", ()))
    about: Schema = {"slots": {}, "required": []}
    for slot in own_slots:
        usages = [classes[above].get("slot_usage", {}).get(slot) or {} for above in line] + [
            schema["slots"].get(slot, {})
        ]
        range_ = next(filter(None, (usage.get("range") for usage in usages)), schema["default_range"])
        about["slots"][snake(slot)] = class_name(range_) if range_ in classes else range_
        if any(usage.get("required") for usage in usages):
            about["required"].append(snake(slot))
        if slot == "predicate":
            below = next(filter(None, (usage.get("subproperty_of") for usage in usages)), None)
            if range_ in schema["enums"]:
                about["predicates"] = [value.removeprefix("biolink:") for value in permissible(schema, range_)]
            elif below:
                about["below"] = snake(below)
    return about


def permissible(schema: Schema, enum: str) -> list[str]:
    """Return the values of an enumeration."""
    return sorted(schema["enums"][enum]["permissible_values"])


def parents(element: Schema) -> list[str]:
    """Return the classes or slots that one is right below; mixins come first, as they are nearer to it."""
    return [*element.get("mixins", ()), *filter(None, [element.get("is_a")])]


def lineage(elements: Schema, name: str) -> Iterator[str]:
    """Yield a class or slot and all that it is below, the nearest first."""
    waiting, seen = [name], set()
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen.add(name)
            yield name
            waiting += parents(elements[name])


def class_name(name: str) -> str:
    """Return `GeneToDiseaseAssociation` for `gene to disease association`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split(" "))


def words(name: str) -> str:
    """Return `gene to disease association` for `GeneToDiseaseAssociation`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def snake(name: str) -> str:
    """Return `related_to` for `related to`."""
    return name.replace(" ", "_")


def as_text(table: Schema) -> str:
    """Return the table as JSON with a line for each entry, so that a new version of the model can be compared."""
    sections = []
    for name, entries in table.items():
        if isinstance(entries, dict):
            lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items())
            sections.append(f"{json.dumps(name)}: {{\n{lines}\n }}")
        else:
            sections.append(f"{json.dumps(name)}: {json.dumps(entries)}")
    return "{" + ",\n ".join(sections) + "}\n"


def main() -> None:
    """Write the table into the package."""
    with atomic(biolink.TABLE) as unfinished:
        unfinished.write_text(as_text(derive(read())), encoding="utf-8")
    sys.stdout.write(f"{biolink.TABLE}: {biolink.TABLE.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
