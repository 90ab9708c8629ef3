"""How many cores a process may use, in groups with and without a quota."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from service.environment.cores import usable_cores


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


def cores(folder: Path, membership: str, files: Mapping[str, str]) -> int:
    for name, content in {"proc/self/cgroup": membership, **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return usable_cores(folder)


def test_without_a_group_it_is_the_affinity(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == 8


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 8), ("900000 100000", 8)],
)
def test_a_quota_of_v2_counts_up_to_the_affinity(tmp_path: Path, quota: str, expected: int) -> None:
    assert cores(tmp_path, "0::/\n", {"sys/fs/cgroup/cpu.max": f"{quota}\n"}) == expected


def test_the_tightest_group_around_counts(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/plant/cpu.max": "300000 100000\n",
        "sys/fs/cgroup/plant/line/cpu.max": "max 100000\n",
    }
    assert cores(tmp_path, "0::/plant/line\n", files) == 3


@pytest.mark.parametrize("mount", ["cpu", "cpu,cpuacct"])
def test_a_quota_of_v1_counts(tmp_path: Path, mount: str) -> None:
    files = {
        f"sys/fs/cgroup/{mount}/cpu.cfs_quota_us": "400000\n",
        f"sys/fs/cgroup/{mount}/cpu.cfs_period_us": "100000\n",
    }
    assert cores(tmp_path, "5:memory:/host/path\n4:cpu,cpuacct:/host/path\n0::/host/path\n", files) == 4


def test_v1_says_minus_one_for_no_quota(tmp_path: Path) -> None:
    files = {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}
    assert cores(tmp_path, "4:cpu:/\n", files) == 8


@pytest.mark.parametrize("quota", ["", "0 0", "what 100000", "100000"])
def test_what_cannot_be_read_limits_nothing(tmp_path: Path, quota: str) -> None:
    assert cores(tmp_path, "noise\n0::/\n", {"sys/fs/cgroup/cpu.max": quota}) == 8
