"""The settings of tagging, as the command line and workflow files say it."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from bioweft import resources
from bioweft.paths import base_of, relative_to

NONE, DEFAULT = "none", "default"
"""No model, and the shipped one that tags where none is named."""


def _dictionary(value: Any, info: ValidationInfo) -> Any:
    """Find a dictionary beside the file, unless it is the name of a shipped one: `mine.tsv`, but `disease`."""
    base = base_of(value, info)
    if base is None or value in resources.dictionaries():
        return value
    is_path = bool(Path(value).suffix) or "/" in value or (base / value).exists()
    return relative_to(base, value) if is_path else value


def _model(value: Any, info: ValidationInfo) -> Any:
    """Find a model beside the file, unless it is a name: `mine` where that is a folder, but `huner6`.

    Behind the name of a library a path must be there, since it may be a name that the library knows:
    `flair:models/x.pt`, but `huggingface:someone/some-model`.
    """
    base = base_of(value, info)
    if base is None or value in (NONE, DEFAULT, *resources.models()):
        return value
    library, colon, model = value.rpartition(":")
    is_path = (base / Path(model).expanduser()).exists() or ("/" in model and not library)
    return f"{library}{colon}{relative_to(base, model)}" if is_path else value


def _names(value: Any) -> Any:
    """Take names with commas between for a list, as options are given: `disease,mine.tsv`; `none` is no name."""
    if not isinstance(value, str):
        return value
    names = [type(value)(name.strip()) for name in value.split(",") if name.strip()]
    return [] if names == [NONE] else names


class TagSettings(BaseModel):
    """The dictionaries and the model that recognise mentions.

    `dictionaries`: names of shipped ones, or paths of the user's own; all shipped ones where not given.
    `model`: `none`, `default`, a shipped one, a folder, `flair:`, `spacy:` or `huggingface:` and a model of that
    library, or a tagger of the user's own. `guideline`: in the manner of which corpus a model of ours annotates.
    `device`: `cpu` or `cuda`; where not given, a GPU where there is one, for models of other libraries the processor.
    `trust`: open models that are pickles. `labels`: what types the labels of another library's model are, beside those
    that we know; of no type (an empty one) where its mentions are not wanted. `people`: tag
    `patients`, `women`, `children` and their like as species.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    dictionaries: Annotated[tuple[Annotated[str, BeforeValidator(_dictionary)], ...], BeforeValidator(_names)] = Field(
        default_factory=lambda: tuple(resources.dictionaries())
    )
    model: Annotated[str, BeforeValidator(_model)] = DEFAULT
    guideline: str | None = None
    device: Literal["cpu", "cuda"] | None = None
    trust: bool = False
    labels: dict[str, str] = {}
    people: bool = True
