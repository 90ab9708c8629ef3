import pytest

from deploy.devtools.structure import ROOTS, describe, levels, strong_components

CHAIN = {"cli": {"fit", "data"}, "fit": {"data"}, "data": set[str](), "errors": set[str]()}
CYCLE = CHAIN | {"data": {"fit"}}


def test_levels_are_the_longest_chain_of_imports() -> None:
    assert levels(CHAIN) == 3


def test_modules_that_import_each_other_are_one_component_and_share_a_level() -> None:
    assert {"fit", "data"} in strong_components(CYCLE)
    assert levels(CYCLE) == 2


@pytest.mark.parametrize("root", ROOTS)
def test_no_package_has_a_cycle_among_its_children(root: str) -> None:
    assert describe(root)["cycles among siblings"] == 0
