import json
from pathlib import Path

from bioweft.evaluate.relations.examples import read_relations

from .small import write
from .test_sentences import every

TEXT = "ABC1 in gout. DEF2 may matter in gout, but not zanubin. Itch is apart."


def test_eu_adr_labels_and_judged_types(tmp_path: Path) -> None:
    content = {
        "part1/documents.tsv": f"EUADR.7 |  | 13 | {TEXT}\n",
        "part1/entities.tsv": (
            "EUADR.7 | e0 | Gene | 0-4 | ABC1 | \nEUADR.7 | e1 | Disease | 8-12 | gout | \n"
            "EUADR.7 | e2 | Gene | 14-18 | DEF2 | \nEUADR.7 | e3 | Disease | 33-37 | gout | \n"
            "EUADR.7 | e4 | Drug | 47-54 | zanubin | \nEUADR.7 | e5 | Disease | 56-60 | Itch | \n"
        ),
        "part1/relations.tsv": (
            "EUADR.7 | e2 | e3 | SA | Gene | Disease\nEUADR.7 | e4 | e3 | NA | Drug|Gene | Disease\n"
            "EUADR.7 | e5 | e0 | PA | Disease | Gene\n"
        ),
    }
    (example,) = every("EU-ADR", write(tmp_path, content))
    assert example.document.document.title == "ABC1 in gout."
    named = {
        (example.entities[pair.subject].id, example.entities[pair.object].id): set(pair.labels)
        for pair in example.pairs
    }
    # The chemical's pair has two types and is left out; the last pair lies in two sentences.
    assert named == {("e0", "e1"): set(), ("e2", "e3"): {"SA"}, ("e0", "e5"): {"PA"}}


def test_eu_adr_targets_accept_the_hull_of_a_mention_in_pieces(tmp_path: Path) -> None:
    content = {
        "drug_target/documents.tsv": "EUADR.8 | 61 | 10 | On a drug. Zanubin hits the ABC protein 1.\n",
        "drug_target/entities.tsv": (
            "EUADR.8 | T1 | Drug | 11-18 | Zanubin | \nEUADR.8 | T2 | Gene | 28-41 | ABC 1 | \n"
        ),
        "drug_target/relations.tsv": "EUADR.8 | T1 | T2 | DRUG-TARGET\n",
    }
    (example,) = every("EU-ADR-targets", write(tmp_path, content))
    assert example.document.mentions[1].text == "ABC protein 1"
    assert [pair.labels for pair in example.pairs] == [{"drug_target"}]


def test_biotriplex_judges_sentences_that_hold_a_link(tmp_path: Path) -> None:
    mentions = [
        {"id": "G0", "type": "Gene", "spans": [[0, 4]], "text": "ABC1"},
        {"id": "G1", "type": "Gene", "spans": [[14, 18]], "text": "DEF2"},
        {"id": "D0", "type": "Disease", "spans": [[8, 12]], "text": "gout"},
        {"id": "D1", "type": "Disease", "spans": [[33, 37]], "text": "gout"},
        {"id": "R0", "type": "Relation", "spans": [[23, 29]], "text": "matter", "relation": "pathological role"},
        {"id": "R1", "type": "Relation", "spans": [[43, 46]], "text": "not", "relation": "no relation"},
        {"id": "D2", "type": "Disease", "spans": [[56, 60]], "text": "Itch"},
    ]
    links = [
        {"gene": "G1", "disease": "D1", "trigger": "R0"},
        {"gene": "G1", "disease": "D2", "trigger": "R1"},
    ]
    section = {"pmcid": "PMC1", "section": "A", "split": "val", "text": TEXT, "mentions": mentions, "links": links}
    data = write(tmp_path, {"biotriplex.jsonl": json.dumps(section) + "\n"})
    (example,) = read_relations("BioTriplex", "dev", data)
    named = {
        (example.entities[pair.subject].id, example.entities[pair.object].id): set(pair.labels)
        for pair in example.pairs
    }
    assert named == {("G1", "D1"): {"pathological_role"}, ("G1", "D2"): {"no_relation"}}
    assert all(mention.type in ("gene", "disease") for mention in example.document.mentions)
