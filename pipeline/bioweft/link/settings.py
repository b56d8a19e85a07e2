"""The settings of linking, as the command line and workflow files say it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

NONE, DEFAULT = "none", "default"
"""No linker, and the one by dictionaries."""

HUMAN = "human"
"""The species whose genes are in the dictionary of genes itself."""


class LinkSettings(BaseModel):
    """How mentions get their concepts.

    `linker`: `default`, `none`, a linker of another library (`scispacy:mesh`) or of a package of the user's own.
    `genes`: the species whose genes are known, or `all`. `threshold`: the least score of a link; the one that was
    chosen on development parts where not given. `prefer`: the vocabulary that concepts of a type are named by, where
    they have a cross-reference to it (`{"disease": "mondo"}`); by the canonical one where not given. `trust`: open
    linkers of other libraries that hold a pickle.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    linker: str = DEFAULT
    genes: tuple[str, ...] | Literal["all"] = (HUMAN, "mouse", "rat")
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)
    prefer: dict[str, str] = {}
    trust: bool = False
