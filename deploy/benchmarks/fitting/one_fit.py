"""`python -m deploy.benchmarks.fitting.one_fit MOST …`: `linewatch-train …`, seeking near-duplicates among MOST images.

The search compares every pair: among fifty thousand images it takes longer than all the rest, and no more memory than
among some. The features of all images are made nevertheless.
"""

import sys

import numpy as np
from numpy.typing import NDArray

from training.cli.main import main
from training.data import duplicate_groups


def compare_at_most(images: int) -> None:
    """Have the search compare the first of all images alone."""
    compare = duplicate_groups._compare  # noqa: SLF001 - no option of a fit: who fits wants them all compared

    def first(features: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.int64]]:
        return compare(features[:images])

    duplicate_groups._compare = first  # noqa: SLF001 - as above


if __name__ == "__main__":
    compare_at_most(int(sys.argv.pop(1)))
    main()
