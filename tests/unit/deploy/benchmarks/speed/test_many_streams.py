"""A store of many streams."""

from pathlib import Path

from deploy.benchmarks.speed.many_streams import store_of_streams
from service.scoring.bundle import BundleStore, read_bundle
from tests.support.bundles import write_bundle


def test_each_stream_has_a_champion_of_its_own(tmp_path: Path) -> None:
    names = store_of_streams(read_bundle(write_bundle(tmp_path / "one")), tmp_path / "many", 3)
    store = BundleStore(tmp_path / "many")
    assert sorted(store.streams()) == names
    assert len({store.champion(name).id for name in names}) == 3
