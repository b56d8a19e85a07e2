"""A folder of relation corpora in their own forms, a few lines each; all sentences were made up."""

from collections.abc import Mapping
from pathlib import Path

_COMMON = {
    "sentences": "sentence_id\tsplit\tpmid\ttext",
    "entities": "sentence_id\tentity_id\ttype\tspans\ttext\tids",
    "relations": "sentence_id\te1\te2\tlabel",
}
_UNITS = "unit_id\tsentence_id\tgene\tcancers\tkeyword1\tkeyword2\tCGE\tCCS\tIGE\tPT\tcancer_type\tphase"

_FILES: dict[str, str] = {
    "ner/exclude_biored.txt": "",
    "ner/exclude_train.tsv": "corpus\tsplit\tunit\tfound_in\n",
    "relations/exclude_additions.tsv": "corpus\tsplit\tunit\tfound_in\thow\n",
    "relations/drugprot_in_chemprot_test.tsv": "pmid\tdrugprot_split\n",
    "relations/biored_in_bc5cdr_devtest.tsv": "pmid\tbiored_split\tbc5cdr_split\n",
    "terminologies/mesh_descriptor.tsv": "id\tname\tsynonyms\tsynonym_scopes\txrefs\tparents\tobsolete\n",
    "relations/BioTriplex/BioTriplex/biotriplex.jsonl": "",
    **{f"relations/BC5CDR/BC5CDR/CDR_{name}Set.PubTator.txt": "" for name in ("Training", "Development", "Test")},
    **{f"relations/BioRED/BioRED/{name}.PubTator": "" for name in ("Train", "Dev")},
    **{
        f"relations/ChemProt/ChemProt/chemprot_{part}_{table}.tsv": ""
        for part, ending in (("training", ""), ("development", ""), ("test", "_gs"))
        for table in (f"abstracts{ending}", f"entities{ending}", f"relations{ending}", "gold_standard")
    },
    **{
        f"relations/DrugProt/DrugProt/{name}.tsv": ""
        for name in (
            "drugprot_development_abstracts", "drugprot_development_entities", "drugprot_development_relations",
            "drugprot_training_entities", "drugprot_training_relations", "training_text_partial",
        )
    },
    "relations/DrugProt-extra/DrugProt-extra/training_text_extra.tsv": "",
    **{
        f"relations/{corpus}/{name}.tsv": f"{header}\n"
        for corpus in ("ADE/ADE", "CPI-DS/CPI-DS", "CoMAGC/CoMAGC",
                       *(f"PPI5/PPI5/{ppi}" for ppi in ("AIMed", "BioInfer", "HPRD50", "IEPA", "LLL")))
        for name, header in _COMMON.items()
    },
    "relations/CoMAGC/CoMAGC/units.tsv": f"{_UNITS}\n",
    **{
        f"relations/EU-ADR/EU-ADR/{part}/{name}.tsv": f"{header}\n"
        for part, types in (("part1", "\ttypes1\ttypes2"), ("drug_target", ""))
        for name, header in (
            ("documents", "doc_id\tpmid\ttitle_length\ttext"),
            ("entities", "doc_id\tentity_id\ttype\tspans\ttext\tids"),
            ("relations", f"doc_id\te1\te2\tlabel{types}"),
        )
    },
}  # fmt: skip


def write(folder: Path, content: Mapping[str, str]) -> Path:
    """Write all files, empty but for their headers; `content` follows in those that it names by the end of the path.

    In it, ` | ` stands for a tab.
    """
    for name, header in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        added = [text for ending, text in content.items() if name.endswith(ending)]
        path.write_text(header + "".join(added).replace(" | ", "\t"), encoding="utf-8")
    assert all(any(name.endswith(ending) for name in _FILES) for ending in content), "a file of no corpus"
    return folder
