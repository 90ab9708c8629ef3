"""Golden images: a few originals in the bundle with their scores, by which every machine that loads it is checked."""

import json
from collections.abc import Sequence
from pathlib import Path

from service.scoring.bundle import GOLDEN
from training.bundles.writer import Draft

IMAGES = 5


def write_golden(draft: Draft, scored: Sequence[tuple[Path, float]]) -> None:
    """Write a few of the scored image files, evenly from the lowest to the highest score, and `scores.json`."""
    ranked = sorted(scored, key=lambda each: each[1])
    rows = {round(i * (len(ranked) - 1) / (IMAGES - 1)) for i in range(IMAGES)}
    scores = {}
    for number, row in enumerate(sorted(rows), start=1):
        path, score = ranked[row]
        name = f"normal-{number}{path.suffix.lower()}"
        draft.write(f"golden/{name}", path.read_bytes())
        scores[name] = score
    draft.write(GOLDEN, json.dumps(scores, indent=1).encode())
