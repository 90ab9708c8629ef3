"""The images that the demo streams: everything under an MVTec-layout folder's `test/`."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from deploy.devtools.errors import DemoError
from service.scoring.formats.signatures import IMAGE_SUFFIXES
from service.scoring.image_folder import find_image_files

GOOD = "good"


@dataclass(frozen=True)
class LineImage:
    """One image to send. `label` is its folder's name: `good`, or the kind of defect."""

    part_id: str
    path: Path
    label: str

    @property
    def is_normal(self) -> bool:
        return self.label == GOOD


def check_layout(data: Path) -> None:
    """Make sure that `data` has normal images to fit on and images to stream.

    Raises:
        DemoError: if it has not.
    """
    for needed in (data / "train" / GOOD, data / "test"):
        if not needed.is_dir():
            raise DemoError(
                f"Expected a folder in MVTec layout, with train/good and test/<label>, but {needed} is no folder: "
                "give the folder that holds train and test."
            )


def images_to_stream(data: Path, seed: int, most: int | None = None) -> list[LineImage]:
    """Every image under `data/test`, in an order that depends on the seed alone; the first `most` of them.

    Raises:
        DemoError: if there is none.
    """
    found = list(find_image_files(data / "test").images)
    if not found:
        raise DemoError(
            f"Expected images under {data / 'test'}, found none ending in {', '.join(sorted(IMAGE_SUFFIXES))}."
        )
    Random(seed).shuffle(found)  # noqa: S311 - an order, not a secret
    return [
        LineImage(part_id=f"part-{number:05d}", path=path, label=path.relative_to(data / "test").parts[0])
        for number, path in enumerate(found[:most])
    ]
