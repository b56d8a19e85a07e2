"""BioC, XML and JSON, through the `bioc` library: passages with offsets, mentions and relations with infons."""

from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import IO, Any

from bioweft.export import prefixes
from bioweft.records import AnnotatedDocument, Link, Mention, Passage, Relation
from bioweft.relate.predicates import canonical
from bioweft.shown import one_for_one


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as a BioC XML collection, as they come."""
    from bioc import biocxml

    with closing(biocxml.BioCXMLDocumentWriter(_Bytes(stream))) as writer:
        writer.write_collection_info(_collection())
        for annotated in documents:
            writer.write_document(_document(annotated))
    stream.write("\n")


def write_json(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as a BioC JSON collection, as they come."""
    from bioc import biocjson

    head, place, tail = biocjson.dumps(_collection(), indent=1, ensure_ascii=False).partition('"documents": []')
    stream.write(f"{head}{place[:-1]}")
    for number, annotated in enumerate(documents):
        text = biocjson.dumps(_document(annotated), indent=1, ensure_ascii=False)
        stream.write((",\n" if number else "\n") + text)
    stream.write(f"]{tail}\n")


class _Bytes:
    """Gives the library, which writes bytes, a way into a text stream."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._decoder = getincrementaldecoder("utf-8")()

    def write(self, content: bytes) -> int:
        """Write bytes, which may end in the middle of a character."""
        self._stream.write(self._decoder.decode(content))
        return len(content)


def _collection() -> Any:
    import bioc

    collection = bioc.BioCCollection()
    collection.source, collection.date, collection.key = "bioweft", "", "bioweft.key"
    return collection


def _document(annotated: AnnotatedDocument) -> Any:
    import bioc

    document = annotated.document
    bioc_document = bioc.BioCDocument()
    bioc_document.id = one_for_one(document.id.removeprefix("pmid:").removeprefix("pmcid:"))
    if document.year is not None:
        bioc_document.infons["year"] = str(document.year)
    for start, passage, inside in _passages(annotated):
        bioc_passage = bioc.BioCPassage()
        bioc_passage.offset, bioc_passage.text = start, one_for_one(passage.text)
        bioc_passage.infons["type"] = one_for_one(passage.kind)
        if passage.label:
            bioc_passage.infons["label"] = one_for_one(passage.label)
        for number, mention, links in inside:
            bioc_passage.add_annotation(_annotation(number, mention, links))
        bioc_document.add_passage(bioc_passage)
    for number, relation in enumerate(annotated.relations, start=1):
        bioc_document.add_relation(_relation(number, relation, annotated))
    return bioc_document


_Numbered = tuple[int, Mention, Sequence[Link]]


def _passages(annotated: AnnotatedDocument) -> Iterator[tuple[int, Passage, list[_Numbered]]]:
    """Yield each passage with its offset and the numbered mentions that begin in it, with their links."""
    document = annotated.document
    numbered = [(number, mention, links) for number, (mention, links) in enumerate(annotated.linked(), start=1)]
    for start, passage in zip(document.starts, document.passages, strict=True):
        end = start + len(passage.text)
        yield start, passage, [entry for entry in numbered if start <= entry[1].start <= end]


def _annotation(number: int, mention: Mention, links: Sequence[Link]) -> Any:
    import bioc

    annotation = bioc.BioCAnnotation()
    annotation.id, annotation.text = str(number), one_for_one(mention.text)
    annotation.infons["type"] = one_for_one(mention.type)
    if links:
        annotation.infons["identifier"] = one_for_one(prefixes.pubtator(links, mention.type))
    annotation.infons["tagger"] = one_for_one(mention.tagger)
    annotation.infons["score"] = str(mention.score)
    annotation.add_location(bioc.BioCLocation(mention.start, mention.end - mention.start))
    return annotation


def _relation(number: int, relation: Relation, annotated: AnnotatedDocument) -> Any:
    """Return a relation between annotations; `cue` is the offset and length of what negates it."""
    import bioc

    bioc_relation = bioc.BioCRelation()
    bioc_relation.id = f"R{number}"
    ends = (
        ("subject", relation.subject, relation.subject_mention),
        ("object", relation.object, relation.object_mention),
    )
    infons = {"type": relation.predicate, "qualifiers": canonical(relation.qualifiers)}
    for role, concept, place in ends:
        infons[role] = prefixes.pubtator([Link(concept)], annotated.mentions[place].type)
        bioc_relation.add_node(bioc.BioCNode(str(place + 1), role))
    infons |= {
        "probability": str(relation.probability),
        "negated": str(relation.negated).lower(),
        "speculative": str(relation.speculative).lower(),
        "cue": f"{relation.cue[0]}:{relation.cue[1] - relation.cue[0]}" if relation.cue else "",
        "model": relation.model,
    }
    bioc_relation.infons.update({name: one_for_one(value) for name, value in infons.items() if value})
    return bioc_relation
