"""Images by their names: which mask and which clean original belong to which image."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from service.scoring.image_folder import find_image_files
from service.scoring.printable import printable
from training.data.exclusions import LeftOut, passed_over
from training.errors import TrainingError
from training.latents.table import find_images


@dataclass(frozen=True, slots=True)
class NamedImage:
    """An image file, and its name: its path below the folder that was given, without the ending."""

    path: Path
    name: PurePath


def named_images(given: Sequence[Path], taken: Collection[PurePath]) -> tuple[list[NamedImage], list[LeftOut]]:
    """Files, and all images within folders; and what is passed over there.

    Raises:
        TrainingError: if there is no image, or two have one name, or one that is taken.
    """
    find_images(given)  # refuses what is not there
    left_out, found, names = list[LeftOut](), dict[NamedImage, None](), dict[PurePath, Path]()
    for each in given:
        paths, passed = _inside(each) if each.is_dir() else ([each], [])
        left_out += passed
        found |= dict.fromkeys(NamedImage(path, _name(path, each)) for path in paths)
    for image in found:
        if image.name in taken:
            raise TrainingError(
                f"expected no image called {printable(image.name)}, as a file of the results is, found {image.path}; "
                "rename it"
            )
        if (other := names.setdefault(image.name, image.path)) != image.path:
            raise TrainingError(
                f"expected images whose names differ in more than their endings, found {other} and {image.path}; "
                "restore them one after the other, each with its own --out"
            )
    return list(found), left_out


class Partners:
    """One file for every image, or the files of a folder by the images' names."""

    def __init__(self, root: Path, endings: Collection[str] = (), suffixes: Sequence[str] = ("",)) -> None:
        """Look at the names.

        Args:
            root: the file or folder.
            endings: of the files that count, in lower case with the dot; none to count all images.
            suffixes: what may stand behind an image's name.

        Raises:
            TrainingError: if there is no such file.
        """
        if not root.exists():
            raise TrainingError(f"expected a file or folder, found nothing at {root}; check the path")
        self.root, self._suffixes = root, suffixes
        self.is_one = not root.is_dir()
        paths = [root] if self.is_one else find_image_files(root).images
        kept = [path for path in paths if not endings or path.suffix.lower() in endings]
        if not kept:
            raise TrainingError(
                f"expected images{f' ({_listed(endings)})' if endings else ''} in {root}, found none; check the path"
            )
        self._one = kept[0]
        self._by_name = {_name(path, root): path for path in reversed(kept)}

    def of(self, name: PurePath) -> Path | None:
        """The file of an image; None if the folder has none."""
        if self.is_one:
            return self._one
        named = (self._by_name.get(name.with_name(name.name + suffix)) for suffix in self._suffixes)
        return next((path for path in named if path is not None), None)


def _inside(folder: Path) -> tuple[list[Path], list[LeftOut]]:
    found = find_image_files(folder)
    return list(found.images), list(passed_over(found))


def _name(path: Path, given: Path) -> PurePath:
    below = PurePath(path.name) if path == given else path.relative_to(given)
    return below.with_suffix("")


def _listed(endings: Collection[str]) -> str:
    return ", ".join(sorted(endings))
