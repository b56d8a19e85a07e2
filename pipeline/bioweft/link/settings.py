"""The settings of linking, as the command line and workflow files say it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

NONE, DEFAULT = "none", "default"
"""No linker, and the one by dictionaries."""

HUMAN = "human"
"""The species whose genes are in the dictionary of genes itself."""


def _species(value: Any) -> Any:
    """Take names with commas between for a list, as options are given: `human,mouse`."""
    if not isinstance(value, str) or value == "all":
        return value
    return [name.strip() for name in value.split(",") if name.strip()]


class LinkSettings(BaseModel):
    """How mentions get their concepts.

    `linker`: `default`, `none`, a linker of another library (`scispacy:mesh`) or of a package of the user's own.
    `genes`: the species whose genes are known, or `all`. `threshold`: the least score of a link; the one that was
    chosen on development parts where not given. `prefer`: the vocabulary that concepts of a type are named by, where
    they have a cross-reference to it (`{"disease": "mondo"}`); by the canonical one where not given. `trust`: open
    linkers of other libraries that hold a pickle. `by_text`: give what has no identifier a concept of its text,
    `text:gene/spon-1`, so that rankings and queries hold it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    linker: str = DEFAULT
    genes: Annotated[tuple[str, ...] | Literal["all"], BeforeValidator(_species)] = (HUMAN, "mouse", "rat")
    threshold: float | None = Field(default=None, ge=0.0, le=1.0)
    prefer: dict[str, str] = {}
    trust: bool = False
    by_text: bool = False
