"""How many cores this process may use: its affinity, and the CPU quota of its cgroup and of those around it."""

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MEMBERSHIP = "proc/self/cgroup"
_V2 = "sys/fs/cgroup"
_V1 = ("sys/fs/cgroup/cpu", "sys/fs/cgroup/cpu,cpuacct")


def usable_cores(root: Path = Path("/")) -> int:
    """The number of cores that are worth a thread each, at least 1; a quota of 1.5 cores is worth 2.

    Sources: cgroups(7), and the kernel's documents of cgroup v1 (sched-bwc) and v2 (cpu.max).

    Args:
        root: where /proc and /sys are.
    """
    return max(1, math.ceil(min([float(_affinity()), *_quotas(root)])))


def _affinity() -> int:
    """Where a system knows no affinity, all of its cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """In cores. In a container the path is often the host's and not to be found: then its mount shows its own group."""
    for controllers, path in _groups(root):
        mounts = [_V2] if not controllers else _V1 if "cpu" in controllers.split(",") else []
        groups = [PurePosixPath(path.lstrip("/")), *PurePosixPath(path.lstrip("/")).parents]
        for mount in mounts:
            for group in groups:
                yield from _quota_v1(root / mount / group) if controllers else _quota_v2(root / mount / group)


def _groups(root: Path) -> Iterator[tuple[str, str]]:
    """The controllers and path of each group that this process is in; v2 names no controllers."""
    for line in _text(root / _MEMBERSHIP).splitlines():
        _, _, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if colon:
            yield controllers, path


def _quota_v2(group: Path) -> Iterator[float]:
    yield from _cores(*_text(group / "cpu.max").split()[:2])


def _quota_v1(group: Path) -> Iterator[float]:
    yield from _cores(_text(group / "cpu.cfs_quota_us"), _text(group / "cpu.cfs_period_us"))


def _cores(quota: str = "", period: str = "") -> Iterator[float]:
    """Nothing where there is no limit: `max` in v2, -1 in v1."""
    if quota.isdecimal() and period.isdecimal() and int(period) > 0:
        yield int(quota) / int(period)


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
