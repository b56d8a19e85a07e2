"""The methods of a run in words, with versions and references, fit to be pasted into a paper."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from bioweft.analyse.years import span
from bioweft.report.facts import Corpus

_OWN = "bioweft"

_VOCABULARIES = {
    "mesh": "MeSH",
    "mondo": "Mondo",
    "doid": "the Human Disease Ontology",
    "hp": "the Human Phenotype Ontology",
    "chebi": "ChEBI",
    "drugbank": "DrugBank",
    "ncbigene": "NCBI Gene",
    "fplx": "FamPlex",
    "ncbitaxon": "NCBI Taxonomy",
    "cellosaurus": "Cellosaurus",
    "cl": "the Cell Ontology",
}

_SOURCES = {
    "pubmed-query": ("PubMed", "pubmed"),
    "pubmed-files": ("PubMed files", "pubmed"),
    "pubmed-mirror": ("PubMed", "pubmed"),
    "cord19": ("CORD-19", "cord19"),
}
"""What a kind of source is called, and its reference."""


@cache
def _references() -> dict[str, str]:
    """Return what a report may cite."""
    text: dict[str, str] = tomllib.loads(
        files("bioweft.report").joinpath("references.toml").read_text(encoding="utf-8")
    )
    return text


@dataclass(slots=True)
class Methods:
    """Paragraphs, and the references that they cite in the order of their numbers."""

    paragraphs: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def cite(self, *keys: str) -> str:
        """Return the numbers of references, as ` [1, 2]`; those not cited before get the next ones."""
        for key in keys:
            if key not in self._numbers:
                self.references.append(_references()[key])
                self._numbers[key] = len(self.references)
        return f" [{', '.join(str(number) for number in sorted(self._numbers[key] for key in keys))}]" if keys else ""


def methods(manifest: Mapping[str, Any], corpus: Corpus, prefixes: Iterable[str]) -> Methods:
    """Return how a run was made; `prefixes` are those of the CURIEs of its concepts."""
    text = Methods()
    settings = manifest.get("settings", {})
    versions = manifest.get("versions", {})
    text.paragraphs = [
        _reading(text, manifest, corpus, settings, versions),
        _tagging(text, manifest, settings, prefixes),
        _counting(text, manifest, settings),
    ]
    if manifest.get("counts", {}).get("relations"):
        text.paragraphs.append(_relating(text, manifest, settings))
    text.paragraphs.append(_software(text, manifest, versions))
    text.references = [reference.replace("{version}", versions.get(_OWN, "")) for reference in text.references]
    return text


def _reading(
    text: Methods, manifest: Mapping[str, Any], corpus: Corpus, settings: Mapping[str, Any], versions: Mapping[str, Any]
) -> str:
    counts = manifest.get("counts", {})
    described = [_source(text, source) for source in settings.get("sources", [])]
    origin = f" of {_listed(dict.fromkeys(described))}" if described else ""
    years = span(min(corpus.years, default=None), max(corpus.years, default=None))
    records = f"{counts['records']:,} records" if "records" in counts else "Records"
    rejected = f"; {counts['rejects']:,} more could not be read" if counts.get("rejects") else ""
    dated = f", of {years}," if years else ""
    retracted = f" {corpus.retracted:,} of them are retracted or the notice of it." if corpus.retracted else ""
    return (
        f"{records}{origin} were read with bioweft {versions.get(_OWN, '')}".rstrip()
        + f"{text.cite(_OWN)}{rejected}. Of a record that was "
        f"revised the newest version counts, and of a paper in several sources one record; {corpus.documents:,} "
        f"documents{dated} are left, {counts.get('abstracts', 0):,} of them with an abstract.{retracted}"
    )


def _source(text: Methods, source: Mapping[str, Any]) -> str:
    """Return where records are from: `PubMed [2] (query “aspirin” since 2020-01-01)`."""
    kind = source.get("kind", "")
    name, reference = _SOURCES.get(kind, (f"files in the format {kind}", ""))
    about = [f"query “{source['query']}”"] if source.get("query") else []
    about += [f"since {source['since']}"] if source.get("since") else []
    return name + (text.cite(reference) if reference else "") + (f" ({' '.join(about)})" if about else "")


def _tagging(text: Methods, manifest: Mapping[str, Any], settings: Mapping[str, Any], prefixes: Iterable[str]) -> str:
    tools = manifest.get("tools", {})
    tagger = tools.get("tag", {})
    tag, link = settings.get("tag", {}), settings.get("link", {})
    dictionaries = _listed(_plain(name) for name in tag.get("dictionaries", []))
    of_dictionaries = f" of {dictionaries}" if dictionaries else ""
    if "huner6" in tagger.get("name", ""):
        how = (
            f"a network (huner6{_digest(tagger)}; a MiniLM encoder{text.cite('minilm')} trained on public corpora, as "
            f"in HUNER{text.cite('huner')}) that is shown what the dictionaries{of_dictionaries} find"
        )
    else:
        how = f"the tagger {tagger.get('name', 'of the run')}{_digest(tagger)}"
        how += f" with the dictionaries{of_dictionaries}" if dictionaries else ""
    vocabularies = [f"{_VOCABULARIES[key]}{text.cite(key)}" for key in _VOCABULARIES if key in set(prefixes)]
    genes = link.get("genes")
    species = (
        f" Genes are those of {'all species of the dictionaries' if genes == 'all' else _listed(genes)}."
        if genes
        else ""
    )
    threshold = f", at a score of at least {link['threshold']:g}" if link.get("threshold") else ""
    target = f" to {_listed(vocabularies)}" if vocabularies else " to their concepts"
    return (
        f"Names were tagged by {how}. Mentions were linked{target} by the linker "
        f"{tools.get('link', {}).get('name', 'of the run')}{_digest(tools.get('link', {}))}, which chooses between "
        f"concepts by their names and by what the document says{threshold}.{species}"
    )


def _counting(text: Methods, manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    ranked = (
        "Concepts are ranked by the number of documents that name them. Two concepts occur together where a document "
        "names both; how much more often than by chance is measured by normalised pointwise mutual information"
        f"{text.cite('npmi')}."
    )
    if not manifest.get("counts", {}).get("rankings"):
        return ranked
    background = settings.get("results", {}).get("background")
    against = "the counts of another run" if background else "counts of PubMed files that come with bioweft"
    return (
        f"{ranked} How specific a concept is for these documents is measured by log-odds with an informative Dirichlet "
        f"prior{text.cite('logodds')} against {against}."
    )


def _relating(text: Methods, manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    counts, relate = manifest.get("counts", {}), settings.get("relate", {})
    model = manifest.get("tools", {}).get("relate", {})
    threshold = (
        f" Statements of a probability of at least {relate['threshold']:g} were taken." if "threshold" in relate else ""
    )
    return (
        f"Relations between concepts of a document were found by the model {model.get('name', 'of the run')}"
        f"{_digest(model)}: the encoder of the tagger, graph convolutions with attention over dependency trees"
        f"{text.cite('gcn')} of a parser tuned on CRAFT{text.cite('craft')}, and a layer that reads each pair of "
        f"mentions along the path between them; predicates are those of the Biolink model{text.cite('biolink')}. "
        f"Negation and speculation were told by cues in the sentence.{threshold} The {counts.get('evidence', 0):,} "
        "statements make "
        f"{counts['relations']:,} relations. The probability of a relation is 1 − Π(1 − p), where p is the highest "
        "probability of the sentences of a document, over the documents that say it; documents that deny it are "
        "counted apart, and retracted ones in neither."
    )


def _software(text: Methods, manifest: Mapping[str, Any], versions: Mapping[str, Any]) -> str:
    libraries = {"python": "Python", "duckdb": "DuckDB", "pyarrow": "PyArrow", "luigi": "Luigi"}
    named = [
        f"{name} {versions[key]}" + (text.cite("duckdb") if key == "duckdb" else "")
        for key, name in libraries.items()
        if key in versions
    ]
    finished = f" of {manifest['finished'][:10]}" if manifest.get("finished") else ""
    used = f" It used {_listed(named)}." if named else ""
    return f"The results of the run{finished} bear the name {manifest.get('results', '')}.{used}"


def _digest(tool: Mapping[str, Any]) -> str:
    return f", digest {tool['digest']}" if tool.get("digest") else ""


def _plain(name: object) -> str:
    """Return a dictionary as a reader knows it: a type, or the name of a user's file."""
    return str(name).rpartition("/")[2].replace("_", " ")


def _listed(words: Iterable[str]) -> str:
    """Return words as a sentence lists them: `a, b and c`."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last
