"""`linewatch-train encode`, `decode` and `neighbours`: latents of images."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import AliasChoices, Field
from pydantic_settings import CliPositionalArg

from service.scoring.bundle import Bundle
from service.scoring.named_bundle import NAMING
from service.scoring.printable import printable
from service.scoring.scorer import Scorer
from training.backend.quiet import quiet
from training.cli.base import Command, check_out, print_json, write_file
from training.cli.tables import results, show_neighbours
from training.data.exclusions import report_left_out, total
from training.data.preprocessed import read_preprocessed
from training.errors import TrainingError
from training.latents.decoder import LatentDecoder, between, grid
from training.latents.neighbours import Distance, nearest
from training.latents.table import CODES, LatentTable, check_suffix, encode, find_images, read_latents, table_bytes
from training.progress import Progress
from training.report.images import sheet

PLANE = 2
"""Numbers in a latent that can be drawn whole, as a grid."""


class EncodeCommand(Command):
    """Write the latents of images, with their scores, to a file for other programs."""

    bundle: CliPositionalArg[str] = Field(description=NAMING)
    images: CliPositionalArg[list[Path]] = Field(description="Images, or folders of images.")
    out: Path = Field(description="FILE.npz (names, scores, codes, bundle) or FILE.parquet (name, score, code).")

    def cli_cmd(self) -> None:
        check_suffix(self.out)
        check_out(self.out)
        bundle = self.named_bundle(self.bundle)
        images, passed = find_images(self.images)
        report_left_out(passed, Progress())
        table, unreadable = _encode(bundle, images)
        write_file(self.out, table_bytes(table, self.out))
        if self.json_output:
            print_json(
                {
                    "stream": bundle.manifest.stream,
                    "bundle": bundle.id,
                    "out": str(self.out),
                    "images": len(table.names),
                    "code_size": table.size,
                    "left_out": unreadable + total(passed),
                }
            )
        else:
            sys.stdout.write(f"{len(table.names)} latents of {table.size} numbers are in {printable(self.out)}\n")


class DecodeCommand(Command):
    """Decode latents to images: over the plane of those that are two numbers, others one by one."""

    bundle: CliPositionalArg[str] = Field(description=NAMING)
    out: Path = Field(description="The picture, FILE.png.")
    codes: Path | None = Field(
        default=None, description="Which latents, FILE.npz by encode; default: those of calibration images."
    )
    between: list[Path] = Field(
        default=[], description="Two images, as A,B or given twice: decode the line between their latents."
    )
    columns: int = Field(default=9, ge=2, le=50, description="Images in a row; at most as many rows.")

    def cli_cmd(self) -> None:
        if self.between and len(self.between) != PLANE:
            raise TrainingError(f"expected two images for --between, found {len(self.between)}; give A,B")
        if folders := [str(path) for path in self.between if path.is_dir()]:
            raise TrainingError(
                f"expected two images for --between, found the folder {folders[0]}; name an image in it"
            )
        check_out(self.out)
        bundle = self.named_bundle(self.bundle)
        decoder = LatentDecoder(bundle)
        what, latents = self._chosen_latents(bundle)
        images = decoder.images(latents)
        write_file(self.out, sheet(images, self.columns))
        if self.json_output:
            print_json({"bundle": bundle.id, "out": str(self.out), "what": what, "images": len(images)})
        else:
            sys.stdout.write(f"{len(images)} decoded images ({what}) are in {printable(self.out)}\n")

    def _chosen_latents(self, bundle: Bundle) -> tuple[str, NDArray[np.float32]]:
        if self.between:
            ends, left_out = _encode(bundle, self.between)
            if left_out:
                raise TrainingError("expected two images that can be read for --between, found fewer; name others")
            return "between", between(ends.latents[0], ends.latents[1], self.columns)
        known = read_latents(self.codes or bundle.path / CODES, bundle).latents
        if known.shape[1] == PLANE:
            return "grid", grid(known, self.columns)
        return "latents", known[: self.columns**2]


class NeighboursCommand(Command):
    """List the images whose latents are nearest to that of one image."""

    bundle: CliPositionalArg[str] = Field(description=NAMING)
    image: CliPositionalArg[Path] = Field(description="The image to compare.")
    among: list[Path] = Field(description="Images or folders to look in, as A,B or given more than once.")
    count: int = Field(default=5, ge=1, validation_alias=AliasChoices("count", "n"), description="How many.")
    distance: Distance = Field(default="euclid", description="Between latents: Euclidean, or 1 - cosine of the angle.")
    out: Path | None = Field(default=None, description="Also draw the image and its neighbours, FILE.png.")

    def cli_cmd(self) -> None:
        if self.image.is_dir():
            raise TrainingError(f"expected one image to compare, found the folder {self.image}; name an image in it")
        if self.out is not None:
            check_out(self.out)
        bundle = self.named_bundle(self.bundle)
        among, passed = find_images(self.among)
        report_left_out(passed, Progress())
        others = [path for path in among if path.resolve() != self.image.resolve()]
        if not others:
            raise TrainingError("expected other images in --among, found the image alone; name more images or folders")
        asked, _ = _encode(bundle, find_images([self.image])[0])
        table, _ = _encode(bundle, others)
        found = nearest(asked.latents[0], table.latents, self.count, self.distance)
        if self.out is not None:
            paths = [self.image, *(Path(table.names[row]) for row, _ in found)]
            pictures = np.stack([read_preprocessed(path, bundle.manifest.input) for path in paths])
            write_file(self.out, sheet(pictures, len(pictures)))
        rows = [(printable(table.names[row]), away, float(table.scores[row])) for row, away in found]
        if self.json_output:
            keys = ("image", "distance", "score")
            neighbours = [dict(zip(keys, row, strict=True)) for row in rows]
            print_json({"image": str(self.image), "bundle": bundle.id, "by": self.distance, "neighbours": neighbours})
        else:
            show_neighbours(rows, self.distance, results())


def _encode(bundle: Bundle, paths: Sequence[Path]) -> tuple[LatentTable, int]:
    """The latents of images, and how many cannot be read; these are named as they are left out."""
    progress = Progress()
    with quiet():
        scorer = Scorer(bundle)
    table, left_out = encode(scorer, paths, progress)
    report_left_out(left_out, progress)
    return table, len(left_out)
