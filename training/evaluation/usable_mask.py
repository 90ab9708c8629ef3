"""Masks that can be believed: of their image's size, and with a defect in them."""

from service.scoring.image import ImageRejected, Size
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.folder import TestImage, read_mask
from training.evaluation.packed_mask import PackedMask


def usable_mask(test: TestImage, size: Size) -> PackedMask | LeftOut | None:
    """The mask of a labelled image, None if it has none, or why it is left out.

    Args:
        test: the image.
        size: (height, width) of the image, upright by its EXIF orientation and before it is made smaller. A mask of
            another size was made for another picture, or for this one as it lies in its file: stretched, it would mark
            other places.
    """
    if test.mask is None:
        return None
    try:
        mask = read_mask(test.mask)
    except (OSError, ImageRejected) as error:
        return LeftOut(test.mask, ExclusionReason.UNREADABLE, str(error))
    marks = bool(mask.any())
    if mask.shape != size:
        found = f"{mask.shape[1]}x{mask.shape[0]} for an image that is {size[1]}x{size[0]} upright"
        return LeftOut(test.mask, ExclusionReason.UNUSABLE_MASK, found)
    if test.is_defect and not marks:
        return LeftOut(test.mask, ExclusionReason.UNUSABLE_MASK, "wholly black, though its image shows a defect")
    if not test.is_defect and marks:
        return LeftOut(test.mask, ExclusionReason.UNUSABLE_MASK, "marks a defect in an image of test/good")
    return PackedMask.of(mask) if marks else None
