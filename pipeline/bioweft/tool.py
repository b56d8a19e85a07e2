"""What taggers and linkers have in common, and whatever else a stage of a run needs besides tables."""

from typing import Protocol


class Tool(Protocol):
    """Something that works on documents: cheap to make, and loaded before use."""

    name: str
    """Its name in the manifest; of a tagger the value of `Mention.tagger`."""

    @property
    def on_gpu(self) -> bool:
        """True where it works on a GPU, once loaded: processes that are forked after that cannot use it."""
        ...

    @property
    def digest(self) -> str:
        """Digest of all that its work depends on (dictionaries, model, weights, code)."""
        ...

    def load(self) -> None:
        """Make ready, which may take a while; it is done at the first use where nobody asks for it before."""
        ...
