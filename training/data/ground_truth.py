"""Defect masks: which file in `ground_truth` is of which test image."""

from pathlib import Path, PurePath

from service.scoring.image_folder import find_image_files
from service.scoring.printable import printable
from training.data.exclusions import ExclusionReason, LeftOut, passed_over
from training.data.naming import named

FORMATS = (".png", ".bmp", ".tif", ".tiff")
"""Suffixes of masks, in lower case. A JPEG blurs its edges, and what is nearly black there would be a defect."""


class GroundTruth:
    """The files in `ground_truth` of a folder in MVTec layout; those that no image asks for are left out."""

    def __init__(self, data: Path, others: tuple[Path, ...]) -> None:
        """Look at the names; `others` are folders that no link may lead to."""
        self.root = data / "ground_truth"
        self._masks: dict[PurePath, Path] = {}
        self._unused: set[Path] = set()
        self._asked_for: dict[Path, PurePath] = {}
        self._doubtful: list[LeftOut] = []
        self._passed: tuple[LeftOut, ...] = ()
        if not self.root.is_dir():
            return
        found = find_image_files(self.root, within=others)
        self._unused, self._passed = set(found.images), passed_over(found)
        for path in sorted(found.images, key=lambda path: path.suffix.lower() != ".png"):
            if path.suffix.lower() in FORMATS:
                self._masks.setdefault(path.relative_to(self.root).with_suffix(""), path)

    def mask_of(self, image: PurePath) -> Path | None:
        """The mask of an image by its path within `test`: `<kind>/<stem>_mask.png`, or `<kind>/<stem>.png`."""
        for stem in (f"{image.stem}_mask", image.stem):
            mask = self._masks.get(image.parent / stem)
            if mask is not None:
                self._unused.discard(mask)
                return mask if self._is_of(mask, image) else None
        return None

    def _is_of(self, mask: Path, image: PurePath) -> bool:
        """Whether it is this image's alone: of several that differ in their suffix, nobody knows which it is of."""
        first = self._asked_for.setdefault(mask, image)
        if first != image:
            detail = f"of {printable(first.name)}, and so not of {printable(image.name)}: give each image its own name"
            self._doubtful.append(LeftOut(mask, ExclusionReason.UNUSABLE_MASK, detail))
        return first == image

    def left_out(self) -> tuple[LeftOut, ...]:
        """Files that are of no image, as one entry, and what was passed over."""
        passed = (*self._doubtful, *self._passed)
        if not self._unused:
            return passed
        names = named([path.relative_to(self.root) for path in sorted(self._unused)])
        detail = f"these match no test image by <kind>/<stem>_mask.png: {names}"
        return (LeftOut(self.root, ExclusionReason.STRAY_MASK, detail, len(self._unused)), *passed)
