"""Samples of py-spy, shared out among the layers of the service."""

import pytest

from deploy.benchmarks.speed.profiling.service_profile import shares

MAIN = 'process 1:"linewatch run";<module> (linewatch:10)'
START = f"{MAIN};main (service/cli/main.py:55);CliApp.run (pydantic_settings/main.py:952)"
LOOP = f"{START};Run.cli_cmd (service/cli/run.py:9);run (service/app.py:30);Loop.run (service/stream/loop.py:90)"
WORKER = 'process 2:"python";serve (service/scoring/workers/worker.py:60)'


def test_a_sample_counts_for_the_layer_nearest_to_its_leaf() -> None:
    found = shares(
        [
            f"{LOOP};Graph.run (service/scoring/graph.py:70);__call__ (ai_edge_litert/interpreter.py:260) 6",
            f"{WORKER};prepare (service/scoring/workers/prepare.py:30);read (service/scoring/formats/jpeg.py:9) 2",
            f"{WORKER};receive (service/scoring/workers/frames.py:30) 1",
            "run (threading.py:1);poll (kafka/net/selector.py:3) 1",
        ]
    )
    assert found == {
        "score: the graph": pytest.approx(0.6),
        "decode, resize": pytest.approx(0.2),
        "between processes": pytest.approx(0.1),
        "Kafka client": pytest.approx(0.1),
    }


def test_starting_is_left_out_and_what_nobody_knows_is_other() -> None:
    found = shares(
        [
            f"{LOOP};x (service/stream/consumer.py:5) 3",
            "run (elsewhere.py:1) 1",
            f"{START};<module> (service/scoring/graph.py:3) 90",
            f"{START} 7",
        ]
    )
    assert found == {"the loop": pytest.approx(0.75), "other": pytest.approx(0.25)}


def test_threads_that_wait_take_no_processor_time() -> None:
    handler = "handler_thread (waitress/task.py:71)"
    found = shares([f"{handler};Condition.wait (threading.py:327) 50", f"{handler};service (waitress/task.py:90) 2"])
    assert found == {"metrics, pages, log": 1.0}
