"""The decoding processes of a running service: their death costs no image, and they never outlive it."""

import io
import signal
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.support.bundles import part, png, write_bundle
from tests.support.line import Line
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration


def template_of(service: Service) -> psutil.Process:
    assert service._process is not None
    (template,) = psutil.Process(service._process.pid).children()
    return template


def test_their_death_costs_no_image_and_they_die_with_the_service(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log") as service:
        service.until_ready()
        line.send({f"before-{i}": png(part(20 + i)) for i in range(5)})
        line.outcomes(5)
        for worker in template_of(service).children():
            worker.kill()
        line.send({f"between-{i}": png(part(20 + i)) for i in range(20)})
        line.outcomes(25)
        template_of(service).kill()
        line.send({f"after-{i}": png(part(20 + i)) for i in range(20)})
        outcomes = line.outcomes(45)
        assert service.until_ready()
        workers = template_of(service).children()
        service.send(signal.SIGKILL)
        service.wait()
    assert len({verdict.part_id for verdict in outcomes.verdicts}) == 45
    assert set(outcomes.sources().values()) == {1}
    assert len(workers) == 2
    wait_until(lambda: not any(worker.is_running() for worker in workers), "the workers to die with the service")


def test_what_image_libraries_print_is_json_with_the_coordinates(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    whole, file = png(part(3)), io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(file, "TIFF", compression="tiff_lzw")
    damaged = bytearray(file.getvalue())
    damaged[1000:1400] = bytes([0xA5]) * 400
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log") as service:
        line.send([("damaged", bytes(damaged), []), ("whole", whole, [])])
        outcomes = line.outcomes(2)
        assert service.until_ready().stop() == 0
    ((headers, _),) = outcomes.dead_letters
    source = "/".join(headers[f"source_{each}"].decode() for each in ("topic", "partition", "offset"))
    (printed,) = [event for event in service.events() if event["event"] == "decoder printed"]
    assert printed["source"] == source
    assert "Using code not yet in table" in printed["text"]  # libtiff
    assert service.raw_lines() == []
