"""The meaning of each table of a run and of each of its columns, for the reference pages; a test holds it complete.

It stands beside the schemas and not in them: metadata of a field would be written into every file.
"""

import pyarrow as pa

from bioweft.store import schemas

TABLES: dict[str, pa.Schema] = {
    "results/documents": schemas.RESULT_DOCUMENTS,
    "results/mentions": schemas.RESULT_MENTIONS,
    "results/concepts": schemas.RESULT_CONCEPTS,
    "results/rankings": schemas.RESULT_RANKINGS,
    "results/cooccurrence": schemas.RESULT_COOCCURRENCE,
    "results/relations": schemas.RESULT_RELATIONS,
    "results/evidence": schemas.RESULT_EVIDENCE,
    "results/files": schemas.FILES,
    "read": schemas.READ,
    "sentences": schemas.SENTENCES,
    "tag": schemas.TAGGED,
    "link": schemas.MENTIONS,
    "relate": schemas.RELATIONS,
    "count": schemas.COUNTS,
    "dictionaries": schemas.CONCEPTS,
    "snapshots": schemas.SNAPSHOT,
}
"""The schema of each table: those of the results, then those of the stages, which lie in shards."""

OF_TABLES = {
    "results/documents": "One row per live document, by `id`, without its text.",
    "results/mentions": "One row per mention and concept, by concept, document and start. A mention that names several "
    "concepts has a row for each; one that names none has a row with an empty `concept`.",
    "results/concepts": "One row per concept that the texts name, by `id`.",
    "results/rankings": "One row per concept, by type and rank.",
    "results/cooccurrence": "One row per pair of concepts that share a document; `a` comes before `b`.",
    "results/relations": "One row per triple (subject, predicate with qualifiers, object), summed over documents.",
    "results/evidence": "One row per statement that says or denies a triple, by edge, document and sentence.",
    "results/files": "One row per file in the run folder that this set of results was made from.",
    "read": "One row per record, in the order of the inputs. A deletion has `id`, `deleted` and `input` alone.",
    "sentences": "One row per sentence.",
    "tag": "One row per mention as the tagger gives it, by document and start.",
    "link": "One row per mention and concept, by document and start. A mention that names several has a row for each.",
    "relate": "One row per relation of two concepts and the two mentions that stand for them.",
    "count": "Partial sums over the live documents of a shard, to be added up. `kind` says what a row counts: "
    "`total`, per year, documents and sentences; `abstract`, documents with an abstract; `concept`, per concept, type "
    "and year; `pair`, per two concepts.",
    "dictionaries": "One row per concept of the dictionaries, as results describe it.",
    "snapshots": "What a run keeps of a set of results to tell changes later. `kind` says what a row is: `total`, all "
    "documents; `concept`; `triple`; `retracted`, a document that is.",
}
"""The meaning and the order of the rows of each table."""

_COLUMNS = {
    "id": "the CURIE of the document: `pmid:123`, `pmcid:PMC1`, `doi:…`",
    "other_ids": "the CURIEs of the same paper in further sources, which do not count",
    "year": "the year of publication; missing where the source does not say it",
    "journal": "the name of the journal",
    "title": "the title",
    "pmid": "the PubMed identifier, digits alone",
    "pmcid": "the PubMed Central identifier, `PMC…`",
    "doi": "the DOI",
    "authors": "the authors in order, as the source writes them",
    "language": "the language of the text",
    "licence": "the licence of the text, as the source says it",
    "flags": "`retracted`, `retraction-notice`, `erratum`, `expression-of-concern`, `preprint`, `book`, `truncated`",
    "mesh": "the MeSH headings of the indexer: CURIE, name, and if it is a major topic",
    "version": "the version of the record",
    "shard": "the shard that holds the text",
    "deleted": "the source says that the document is no more",
    "input": "the number of the input in its batch",
    "passages": "the text, passage by passage: kind, label of the section, text; joined by a line feed they are the "
    "text that offsets count in",
    "mentions": "how often texts name the concept",
    "document": "the CURIE of the document",
    "sentence": "the number of the sentence in which the mention starts",
    "start": "where the mention starts in the text of the document",
    "end": "where the mention ends, exclusive",
    "text": "the mention as it is written",
    "type": "the entity type: `disease`, `chemical`, `gene`, `species`, `cell_line`, `cell_type`, or your own",
    "tagger": "what recognised the mention: `dictionary`, the name of a model, `gold`",
    "score": "the calibrated probability that this is a mention of its type; 1 of a dictionary",
    "links": "the concepts that came with a mention that is kept; null where linking makes them",
    "concept": "the CURIE of the concept; empty where the mention has no identifier",
    "link_score": "the calibrated probability that the concept is right",
    "reason": "why this concept was chosen, in words",
    "candidates": "the CURIEs that it was chosen from, the best first; more than one where the mention is ambiguous",
    "name": "the preferred name of the concept",
    "terms": "all names of the concept in the dictionaries",
    "xrefs": "the identifiers of the same concept in further vocabularies",
    "taxon": "the CURIE of the species, of a gene",
    "homologs": "the group of genes that are homologs of this gene",
    "forms": "the strings that name the concept in the texts, the ten most frequent",
    "keys": "numbers by which a query finds the concept",
    "documents": "how many documents name the concept",
    "first_year": "the earliest year of these documents",
    "last_year": "the latest year of these documents",
    "rank": "the place among the concepts of the type, from 1",
    "share": "the documents of the concept, divided by all documents of the run",
    "log_odds": "how much more (above 0) or less is written of the concept here than in the background",
    "z": "`log_odds` over its standard error",
    "trend": "how much the concept's share of each year's documents grows a year, over its mean share",
    "taggers": "what recognised the mentions of the concept",
    "years": "documents by year",
    "a": "the CURIE of the first concept",
    "a_name": "the name of the first concept",
    "a_type": "the type of the first concept",
    "b": "the CURIE of the second concept",
    "b_name": "the name of the second concept",
    "b_type": "the type of the second concept",
    "sentences": "how many sentences name the concept",
    "npmi_documents": "normalised pointwise mutual information by document: 1 never apart, 0 by chance, -1 never "
    "together",
    "npmi_sentences": "the same by sentence",
    "edge": "the name of the triple, the same one in every run",
    "subject": "the CURIE of the subject",
    "subject_name": "the name of the subject",
    "subject_type": "the type of the subject",
    "predicate": "the predicate of the Biolink model",
    "qualifiers": "the qualifiers of the predicate, `name=value`, joined by `;`",
    "object": "the CURIE of the object",
    "object_name": "the name of the object",
    "object_type": "the type of the object",
    "subject_start": "where the mention of the subject starts in the text of the document",
    "subject_end": "where it ends, exclusive",
    "object_start": "where the mention of the object starts",
    "object_end": "where it ends, exclusive",
    "object_sentence": "the number of the sentence of the object's mention",
    "probability": "the calibrated probability of the relation",
    "negated": "the text denies it",
    "speculative": "the text has it as a guess",
    "cue_start": "where the words start that deny it or make it a guess; null where there are none",
    "cue_end": "where these words end, exclusive",
    "model": "the model that gave the relation",
    "retracted": "the document is retracted, or the notice of it",
    "stage": "the stage that made the file",
    "file": "the path in the run folder",
    "kind": "what the row counts",
}
_CONCEPT = {"id": "the CURIE of the concept", "type": "the entity type of the concept"}
_PAIR = {"documents": "how many documents name both", "sentences": "how many sentences name both"}
_IN_TABLES = {
    "results/concepts": _CONCEPT | {"forms": f"{_COLUMNS['forms']}, with how often"},
    "results/rankings": {"concept": "the CURIE of the concept"},
    "results/cooccurrence": _PAIR,
    "results/relations": {
        "documents": "how many documents say it",
        "sentences": "how many sentences say it",
        "probability": "how likely at least one of these documents says it; null where none does",
        "negated": "how many documents deny it; they are in no number before",
        "speculative": "how many of `documents` have it as a guess and no more",
        "retracted": "how many retracted documents say or deny it; they are in no number before",
    },
    "results/evidence": {"sentence": "the number of the sentence of the subject's mention"},
    "results/files": {"shard": "the shard of a table; missing for files that belong to none"},
    "read": {"mentions": "annotations of the source that are kept; null where the document is to be tagged"},
    "sentences": {
        "sentence": "the number of the sentence in its document",
        "start": "where the sentence starts in the text of the document",
        "end": "where the sentence ends, exclusive",
    },
    "relate": {"sentence": "the number of the sentence of the subject's mention"},
    "snapshots": {
        "id": "the CURIE of the document or concept, or the edge of the triple",
        "documents": "how many documents name the concept or say the triple, or how many there are",
        "probability": "how likely at least one of these documents says the triple",
        "negated": "how many documents deny the triple",
    },
    "count": {
        "a": "the CURIE of the concept, or of the first of a pair",
        "b": "the CURIE of the second of a pair",
        "documents": "how many documents",
        "sentences": "how many sentences",
        "mentions": "how many mentions",
    },
    "dictionaries": _CONCEPT,
}


def of(table: str, column: str) -> str:
    """Return what a column of a table means; empty where nobody has said it."""
    return _IN_TABLES.get(table, {}).get(column) or _COLUMNS.get(column, "")
