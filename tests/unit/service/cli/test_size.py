"""`linewatch size`."""

import pytest

from service.cli.main import main
from tests.support.linewatch_command import failure

PLANT = ["size", "--cameras", "40", "--rate", "0.5", "--megapixels", "5"]


def test_a_plant_is_sized(capsys: pytest.CaptureFixture[str]) -> None:
    main([*PLANT, "--kilobytes", "500", "--copies", "2"])
    printed = capsys.readouterr().out
    assert "20 images/s: 40 cameras, 0.5/s each, 5 megapixels" in printed
    assert "10.0 MB/s in, 10.0 MB/s out to the service, 10.0 MB/s between them" in printed
    assert "72 GB for each hour" in printed


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["size", "--rate", "1", "--megapixels", "1"], "cameras: Field required"),
        ([*PLANT, "--cameras", "0"], "cameras: Input should be greater than or equal to 1"),
        ([*PLANT, "--cameras", "1.5"], "cameras: Input should be a valid integer"),
        ([*PLANT, "--rate", "nan"], "rate: Input should be"),
        ([*PLANT, "--rate", "inf"], "rate: Input should be less than or equal to 10000"),
        ([*PLANT, "--megapixels", "-1"], "megapixels: Input should be greater than 0"),
        ([*PLANT, "--load", "1"], "load: Input should be less than or equal to 0.9"),
        ([*PLANT, "--kilobytes", "0"], "kilobytes: Input should be greater than 0"),
    ],
)
def test_what_cannot_be_a_plant_is_one_sentence(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = failure(arguments, capsys)
    assert (status, printed.count("\n")) == (2, 1)
    assert expected in printed
