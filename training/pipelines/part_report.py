"""What a fit says of parts: which images show the same one, and what names look like it."""

from training.data.normal_set import NormalSet
from training.data.part_names import suggested_pattern
from training.progress import Progress

UNSURE = "if many do show the same parts, the false-alarm rate is not guaranteed: give each part once"


def report_parts(normal: NormalSet, unused: int, *, by_name: bool, progress: Progress) -> None:
    """Say which images show the same part, what goes unused for it, and what was not kept together."""
    if normal.near_duplicates:
        progress.say(_kept_together(normal, unused, by_name=by_name))
    if normal.too_large_group:
        progress.say(
            f"near-duplicates not kept together: {normal.too_large_group} of the images would have been of one part; "
            f"{UNSURE}"
        )
    if normal.too_many_copies:
        progress.say(
            f"copies not kept together: {normal.too_many_copies} of the images would have been of one photograph; "
            f"{UNSURE}"
        )
    if by_name:
        progress.say(f"--part-from-name: {len(normal.images)} images of {normal.parts} parts")
    if by_name and normal.unnamed:
        progress.say(
            f"--part-from-name: {normal.unnamed} of {len(normal.images)} names do not match, and each is counted as a "
            "part of its own"
        )
    pattern = None if by_name else suggestion(normal)
    if pattern is not None:
        progress.say(
            "the names look like several images of each part, which pixels do not show; if they are, fit again with "
            f"--part-from-name '{pattern}'"
        )


def suggestion(normal: NormalSet) -> str | None:
    """A regular expression for --part-from-name, if names look like it and tell more than pixels did."""
    paths = [image.path for image in normal.images]
    found = suggested_pattern(paths)
    return None if found is None or normal.parts <= found.parts else found.pattern


def _kept_together(normal: NormalSet, unused: int, *, by_name: bool) -> str:
    kinds = ["near-duplicates", *(["copies"] if normal.copied else []), *(["images of one name"] if by_name else [])]
    copied = (
        f" ({normal.copied} are mirrored, turned, cropped or relit copies of {normal.photographs} photographs)"
        if normal.copied
        else ""
    )
    return (
        f"{' and '.join(kinds)} kept together: {normal.near_duplicates} images show {normal.parts_with_duplicates} "
        f"parts{copied}; one image of each part calibrates{f', so {unused} go unused' if unused else ''}"
    )
