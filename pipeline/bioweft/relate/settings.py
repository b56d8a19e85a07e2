"""The settings of relations, as the command line and workflow files say it."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from bioweft.paths import base_of, relative_to

NONE, DEFAULT = "none", "default"
"""No model, and the shipped one."""


def _model(value: Any, info: ValidationInfo) -> Any:
    """Find a model or a parser beside the file, unless it is a name: `mine` where that is a folder, but `default`."""
    base = base_of(value, info)
    if base is None or value in (NONE, DEFAULT):
        return value
    is_path = (base / Path(value).expanduser()).exists() or ("/" in value and ":" not in value)
    return relative_to(base, value) if is_path else value


_Named = Annotated[str, BeforeValidator(_model)]


class RelateSettings(BaseModel):
    """How the concepts of a document are related.

    `model`: `default`, `none`, a folder, or a relation model of a package of the user's own. `parser`: what makes the
    trees that a network reads: `default`, `spacy:PACKAGE` or the folder of a pipeline of spaCy. `threshold`: the least
    probability of a relation that is kept. `device`: `cpu` or `cuda`; where not given, a GPU where there is one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    model: _Named = NONE
    parser: _Named = DEFAULT
    threshold: float = Field(default=0.5, ge=0.0, le=1.0)
    device: Literal["cpu", "cuda"] | None = None
