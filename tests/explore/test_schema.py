"""Whatever the OpenAPI description allows, and more, gets an answer that it describes (schemathesis)."""

from pathlib import Path

import hypothesis
import pytest

schemathesis = pytest.importorskip("schemathesis", reason="the group `core` is not installed")

from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from bioweft.explore.annotating import AnnotatedText, Annotating
from bioweft.explore.reader import Reader
from bioweft.explore.server import KINDS, create_app
from tests.small_run import DOCUMENTS, STATEMENTS, write_run

OPERATIONS = [(kind.path + ending, "GET") for kind in KINDS for ending in ("", ".json", ".csv")]
OPERATIONS += [("/annotate", "GET"), *(("/annotate" + ending, "POST") for ending in ("", ".json", ".csv"))]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory):
    folder: Path = write_run(tmp_path_factory.mktemp("described"), DOCUMENTS, statements=STATEMENTS)
    app = create_app(Reader(folder, seconds=300), hosts={"localhost", "testserver"})
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(autouse=True)
def without_models(monkeypatch: pytest.MonkeyPatch):
    nothing = AnnotatedText(passages=[], concepts=[], relations=[])
    monkeypatch.setattr(Annotating, "annotate", lambda *_: nothing)


def test_all_operations_are_asked(schema):
    described = {(path, method.upper()) for path, methods in schema.raw_schema["paths"].items() for method in methods}
    assert described == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_described(schema, path, method, mode):
    @hypothesis.given(case=schema[path][method].as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=10,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    def ask(case):
        # A blank field is one that is not given, and that the run lacks a name is no fault of the description.
        case.call_and_validate(excluded_checks=[negative_data_rejection, positive_data_acceptance])

    try:
        ask()
    except hypothesis.errors.Unsatisfiable:  # without parameters nothing can be wrong
        assert mode is GenerationMode.NEGATIVE
