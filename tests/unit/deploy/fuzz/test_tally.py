"""Results added up."""

from deploy.fuzz.tally import Result, Tally, table


def test_counts_by_kind_and_reason() -> None:
    tally = Tally()
    for result in (
        Result(0, "images", "PNG", "pixels", ms=5.0, remark="unchanged"),
        Result(1, "images", "PNG", "undecodable", ms=9.0),
        Result(2, "images", "BMP", "pixels", fault="others"),
        Result(3, "records", "record", "crash", fault="KeyError", crashed=True),
    ):
        tally.add(result)
    assert (tally.inputs, tally.crashes, tally.wrong) == (4, 1, 1)
    figures = tally.figures()
    assert figures["by_reason"] == {"pixels": 2, "undecodable": 1, "crash": 1}
    assert figures["slowest_ms"] == 9.0
    assert figures["by_group"]["PNG"] == {"pixels": 1, "undecodable": 1}
    assert figures["remarks"] == {"PNG: unchanged": 1}
    assert table(tally).splitlines()[-1] == "| all | 4 | 2 | 1 | 1 | 2 |"
