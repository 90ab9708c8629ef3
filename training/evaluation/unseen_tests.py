"""Test images that are among the normal images, too: what was learnt from cannot show what is found."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from service.scoring.image import ImageRejected
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.folder import TestImage
from training.data.normal_set import ImageFile
from training.data.pixels import pixel_digest, read_pixels
from training.progress import Progress


def unseen_tests(
    tests: Sequence[TestImage], normals: Iterable[ImageFile], progress: Progress
) -> tuple[list[TestImage], tuple[LeftOut, ...]]:
    """Test images whose pixels are those of no normal image, in order, and the others.

    A good part that was learnt from is too easy to pass, and a defect among the normal images was learnt as normal.
    One that cannot be read is kept: it is named where it is judged.
    """
    known = {image.pixel_digest: image for image in normals}
    unseen, left_out = [], []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        digests = pool.map(_digest, tests)
        for test, digest in progress.track(zip(tests, digests, strict=True), "comparing test images", len(tests)):
            same = known.get(digest) if digest else None
            if same is None:
                unseen.append(test)
            else:
                detail = f"same pixels as the normal image {same.path}"
                left_out.append(LeftOut(test.path, ExclusionReason.LEARNT, detail))
    return unseen, tuple(left_out)


def _digest(test: TestImage) -> str | None:
    try:
        return pixel_digest(read_pixels(test.path))
    except (OSError, ImageRejected):
        return None
