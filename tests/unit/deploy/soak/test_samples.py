"""Samples sum what all descendants of a process hold."""

import subprocess
import sys

from deploy.devtools.waiting import wait_until
from deploy.soak.samples import Sampler

PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"


def test_samples_are_sums_over_descendants_that_may_come_later() -> None:
    roots: list[int] = []
    with Sampler(roots, lambda: 7, 0.01) as sampler:
        parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE)
        roots.append(parent.pid)
        wait_until(lambda: bool(sampler.samples), "a sample of the child", seconds=60, pause=0.01)
        parent.communicate()
    sample = sampler.samples[0]
    assert (sample.processes, sample.images) == (1, 7)
    assert sample.rss_mb > 0
    assert sample.threads >= 1
