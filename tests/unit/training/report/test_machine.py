import platform
from pathlib import Path

from training.report.machine import machine, processor


def test_the_processor_is_named_as_linux_names_it(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Model X: 3 GHz\nprocessor\t: 1\nmodel name\t: another\n")
    assert processor(info) == "Model X: 3 GHz"


def test_without_a_name_it_is_the_architecture(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    assert processor(info) == (platform.processor() or platform.machine())
    info.write_text("processor\t: 0\n")
    assert processor(info) == (platform.processor() or platform.machine())


def test_the_line_of_the_report_names_it_first() -> None:
    assert machine().startswith(f"{processor()}, ")
