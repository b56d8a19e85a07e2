"""From settings to the relation model: the shipped one, one of a folder, a user's own."""

from pathlib import Path

from bioweft import resources
from bioweft.errors import NotFoundError, nearest
from bioweft.relate import own
from bioweft.relate.base import RelationModel
from bioweft.relate.model import read_about
from bioweft.relate.settings import DEFAULT, NONE, RelateSettings


def open_relation_model(settings: RelateSettings) -> RelationModel | None:
    """Return the relation model that the settings name, None for none; nothing is loaded yet.

    Raises:
        NotFoundError: there is no such model.
        InputError: the model or its parser cannot be used.
    """
    if settings.model == NONE:
        return None
    if settings.model == DEFAULT:
        return _open_folder(resources.relation_model(), settings)
    kind, _, argument = settings.model.partition(":")
    brought = own.installed()
    if kind in brought:
        return own.OwnRelationModel(brought[kind], argument, threshold=settings.threshold)
    folder = Path(settings.model).expanduser()
    if folder.is_dir():
        return _open_folder(folder, settings)
    choice = [NONE, DEFAULT, *sorted(brought)]
    raise NotFoundError(
        f"no relation model {settings.model!r}; there are: {', '.join(choice)}, or a folder",
        suggestions=nearest(settings.model, choice),
    )


def _open_folder(folder: Path, settings: RelateSettings) -> RelationModel:
    from bioweft.relate.network import NetworkRelationModel  # imports the parser's libraries, which others do without
    from bioweft.relate.parser import open_parser

    read_about(folder)  # a folder without a model is a fault that comes before that of a parser
    return NetworkRelationModel(
        folder, open_parser(settings.parser), threshold=settings.threshold, device=settings.device
    )
