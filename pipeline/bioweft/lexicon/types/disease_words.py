"""Words for diseases that no terminology lists and that taggers mark: adjectives, eponyms, harm to an organ.

They are made by rule from the names of concepts and are only looked up.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bioweft.lexicon.names import folded
from bioweft.lexicon.rules import ordinary_words
from bioweft.records import Concept, Term

_ADJECTIVES = (
    ("oidism", "oid"), ("kinesia", "kinetic"), ("sis", "tic"), ("ia", "ic"), ("ism", "ic"), ("ism", "istic"),
    ("itis", "itic"), ("pathy", "pathic"), ("trophy", "trophic"), ("oma", "omatous"), ("edema", "edematous"),
    ("rrhage", "rrhagic"), ("rrhea", "rrheic"), ("lepsy", "leptic"), ("tension", "tensive"), ("betes", "betic"),
)  # fmt: skip
"""Endings of diseases and of their adjectives: `hypothyroidism` is what is `hypothyroid`."""

_LEAST_LETTERS = 6
_EPONYM = re.compile(
    r"((?:(?:von|van|van der|de|de la|di) )?[A-Z][a-z]{2,}(?:[- ](?:von |van |de )?[A-Z][a-z]{2,}){0,3})(?:'s?)? "
    r"(?:[Ss]yndrome|[Dd]isease)"
)
_ADJECTIVE = re.compile(r"(al|ic|ar|ary|ory|ous|ive|ine|oid|ian|ese)$")

_ORGANS: dict[str, tuple[str, ...]] = {
    "mesh:D007674": ("kidney", "renal"),
    "mesh:D008107": ("liver", "hepatic"),
    "mesh:D006331": ("heart", "cardiac"),
    "mesh:D002318": ("cardiovascular",),
    "mesh:D014652": ("vascular",),
    "mesh:D008171": ("lung", "pulmonary"),
    "mesh:D012140": ("respiratory",),
    "mesh:D001927": ("brain", "cerebral"),
    "mesh:D009422": ("neurological", "neurologic", "nervous system"),
    "mesh:D010523": ("peripheral nerve",),
    "mesh:D001745": ("bladder",),
    "mesh:D005767": ("gastrointestinal", "GI"),
    "mesh:D013272": ("gastric", "stomach"),
    "mesh:D007410": ("intestinal", "bowel"),
    "mesh:D012871": ("skin", "cutaneous", "dermatological", "dermatologic"),
    "mesh:D005128": ("eye", "ocular"),
    "mesh:D012164": ("retinal",),
    "mesh:D014786": ("visual", "vision"),
    "mesh:D006311": ("hearing", "auditory"),
    "mesh:D009135": ("muscle", "muscular"),
    "mesh:D001847": ("bone", "skeletal"),
    "mesh:D007592": ("joint",),
    "mesh:D013959": ("thyroid",),
    "mesh:D010182": ("pancreatic", "pancreas"),
    "mesh:D013733": ("testicular", "testis"),
    "mesh:D010049": ("ovarian", "ovary"),
    "mesh:D011469": ("prostate", "prostatic"),
    "mesh:D006402": ("hematologic", "hematological", "blood"),
    "mesh:D001855": ("bone marrow",),
    "mesh:D001523": ("psychiatric", "mental"),
    "mesh:D008659": ("metabolic",),
    "mesh:D004700": ("endocrine",),
    "mesh:D007154": ("immune",),
    "mesh:D003072": ("cognitive",),
    "mesh:D006349": ("valvular", "heart valve", "mitral", "mitral valve", "aortic valve", "tricuspid valve"),
    "mesh:D003327": ("coronary", "coronary artery"),
    "mesh:D002561": ("cerebrovascular",),
    "mesh:D001018": ("aortic", "aorta"),
    "mesh:D013122": ("spinal", "spine", "vertebral"),
    "mesh:D013118": ("spinal cord",),
    "mesh:D003389": ("cranial nerve",),
    "mesh:D009901": ("optic nerve",),
    "mesh:D002526": ("cerebellar", "cerebellum"),
    "mesh:D001480": ("basal ganglia", "basal ganglionic", "extrapyramidal"),
    "mesh:D015837": ("vestibular",),
    "mesh:D004427": ("ear",),
    "mesh:D004935": ("esophageal", "oesophageal"),
    "mesh:D001941": ("breast",),
    "mesh:D014133": ("tracheal",),
    "mesh:D007818": ("laryngeal",),
    "mesh:D009668": ("nasal",),
    "mesh:D014060": ("tongue",),
    "mesh:D009059": ("oral", "mouth"),
    "mesh:D014076": ("dental", "tooth"),
    "mesh:D010510": ("periodontal",),
    "mesh:D012466": ("salivary gland",),
    "mesh:D001660": ("biliary", "biliary tract"),
    "mesh:D001649": ("bile duct",),
    "mesh:D005705": ("gallbladder",),
    "mesh:D013158": ("splenic", "spleen"),
    "mesh:D014591": ("uterine",),
    "mesh:D014623": ("vaginal",),
    "mesh:D010409": ("penile",),
    "mesh:D014522": ("urethral",),
    "mesh:D014515": ("ureteral", "ureteric"),
    "mesh:D014570": ("urologic", "urological", "urinary tract"),
    "mesh:D004066": ("digestive",),
    "mesh:D012002": ("rectal",),
    "mesh:D003108": ("colonic",),
    "mesh:D007077": ("ileal",),
    "mesh:D010995": ("pleural",),
    "mesh:D008206": ("lymphatic",),
    "mesh:D000307": ("adrenal",),
    "mesh:D010900": ("pituitary",),
    "mesh:D010279": ("parathyroid",),
    "mesh:D007027": ("hypothalamic",),
    "mesh:D001791": ("platelet",),
    "mesh:D028361": ("mitochondrial",),
    "mesh:D013064": ("speech",),
    "mesh:D007859": ("learning",),
    "mesh:D008569": ("memory",),
    "mesh:D012893": ("sleep",),
    "mesh:D009069": ("movement",),
    "mesh:D012678": ("sensory",),
    "mesh:D000857": ("olfactory", "smell"),
    "mesh:D013651": ("taste",),
    "mesh:D003680": ("swallowing",),
    "mesh:D019964": ("affective",),
    "mesh:D003316": ("corneal",),
    "mesh:D013708": ("tendon",),
}
"""The organs and functions of MeSH's headings that stand for all that can be wrong with them."""

_HARM = (
    "disease", "disorder", "damage", "injury", "toxicity", "dysfunction", "impairment", "abnormality", "complication",
    "involvement", "lesion", "deficit", "disturbance", "illness", "symptom",
)  # fmt: skip


def with_lookups(concepts: Sequence[Concept], *, anatomy: set[str]) -> list[Concept]:
    """Return the concepts with the words made by rule that no concept has; `anatomy` holds folded parts of the body."""
    claimed = {folded(term.text) for concept in concepts for term in concept.terms}
    result = []
    for concept in concepts:
        words = []
        for word in _words(concept, anatomy):
            if folded(word) not in claimed:
                claimed.add(folded(word))
                words.append(Term(word, "synonym", lookup=True))
        result.append(replace(concept, terms=(*concept.terms, *words)))
    return result


def _words(concept: Concept, anatomy: set[str]) -> Iterator[str]:
    texts = [term.text for term in concept.terms if term.status in ("name", "synonym") and not term.lookup]
    for organ in _ORGANS.get(concept.id, ()):
        yield from (f"{organ} {harm}" for harm in _HARM)
    for text in texts:
        if text.isalpha() and not text.isupper():
            yield from adjectives(text)
    yield from _eponyms(texts, anatomy)


def adjectives(name: str) -> Iterator[str]:
    """Yield what the name of a disease in a single word makes as an adjective: `ischemic` of `Ischemia`."""
    low = name.casefold()
    for ending, adjective in _ADJECTIVES:
        if low.endswith(ending) and len(low) - len(ending) + len(adjective) >= _LEAST_LETTERS:
            yield low.removesuffix(ending) + adjective


def _eponyms(texts: Iterable[str], anatomy: set[str]) -> Iterator[str]:
    """Yield the people in names of diseases: `Lesch-Nyhan` of `Lesch-Nyhan syndrome`."""
    ordinary = ordinary_words()
    for text in texts:
        if not (match := _EPONYM.fullmatch(text)) or folded(match[1]) in anatomy:
            continue
        if not any(word.casefold() in ordinary or _ADJECTIVE.search(word) for word in re.split("[- ]", match[1])):
            yield match[1]
