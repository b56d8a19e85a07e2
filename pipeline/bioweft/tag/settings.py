"""What recognises mentions, as the command line and workflow files say it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bioweft import resources

NONE, DEFAULT = "none", "default"
"""No model, and the shipped one that tags where none is named."""


class TagSettings(BaseModel):
    """What recognises mentions.

    `dictionaries`: names of shipped ones, or paths of the user's own; all shipped ones where not given.
    `model`: `none`, `default`, a shipped one, a folder, `flair:`, `spacy:` or `huggingface:` and a model of that
    library, or a tagger of the user's own. `guideline`: in the manner of which corpus a model of ours annotates.
    `device`: `cpu` or `cuda`; where not given, a GPU where there is one, for models of other libraries the processor.
    `trust`: open models that are pickles. `labels`: what types the labels of another library's model are, beside those
    that we know; of no type (an empty one) where its mentions are not wanted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    dictionaries: tuple[str, ...] = Field(default_factory=lambda: tuple(resources.dictionaries()))
    model: str = DEFAULT
    guideline: str | None = None
    device: Literal["cpu", "cuda"] | None = None
    trust: bool = False
    labels: dict[str, str] = {}
