"""Where the time of a fit goes."""

import ast
from importlib.util import find_spec
from pathlib import Path

import pytest

from deploy.benchmarks.fitting.stages import FIT, STAGES, Stage


@pytest.mark.parametrize("function", sorted({each for stage in STAGES for each in (stage.function, *stage.without)}))
def test_every_stage_is_a_function_that_is_there(function: str) -> None:
    module, _, name = function.partition(":")
    spec = find_spec(module)
    assert spec is not None
    tree = ast.parse(Path(str(spec.origin)).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_a_stage_takes_what_those_within_it_do_not() -> None:
    file = str(find_spec("training.pipelines.fit").origin)  # type: ignore[union-attr] # it is there
    graph = str(find_spec("training.trainer.trainer").origin)  # type: ignore[union-attr] # it is there
    found = {(file, "fit"): 30.0, (graph, "train_graph"): 20.0}
    assert Stage("rest", FIT, ("training.trainer.trainer:train_graph",)).seconds(found) == 10.0
