"""Clients to measure, by what the command line calls them."""

import pytest

from deploy.benchmarks.speed.kafka_client.variant import Variant


def test_a_client_is_named_with_what_is_changed() -> None:
    assert Variant.parse("ours") == Variant(is_ours=True)
    changed = Variant.parse("plain:fetch_max_bytes=1000000,check_crcs=false")
    assert changed == Variant(is_ours=False, changes={"fetch_max_bytes": 1_000_000, "check_crcs": False})


@pytest.mark.parametrize("text", ["theirs", "", "ours:fetch_max_bytes", "plain:check_crcs=no", "ours:fetch_most=1"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|Expecting"):
        Variant.parse(text)
