"""`linewatch-train restore` and `generate`: pictures that an autoencoder makes."""

import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field
from pydantic_settings import CliPositionalArg

from service.scoring.named_bundle import NAMING
from service.scoring.printable import printable
from training.cli.base import Command, check_out, print_json, write_file
from training.cli.tables import results, show_lines, show_restored
from training.data.exclusions import counts, report_left_out, total
from training.latents.table import CODES, read_latents
from training.pictures.generate import check_draws, generate
from training.pictures.quality import mean
from training.pictures.restore import Restored, RestoreRequest, restore
from training.progress import Progress
from training.report.images import sheet


class RestoreCommand(Command):
    """Write what an autoencoder makes of images: noise taken out, hidden places painted in; and a sheet to compare."""

    bundle: CliPositionalArg[str] = Field(description=NAMING)
    images: CliPositionalArg[list[Path]] = Field(description="Images, or folders of images.")
    out: Path = Field(description="The folder to write: NAME.png for each image, and sheet.png.")
    mask: Path | None = Field(
        default=None,
        description="Paint in what is not black: MASK.png for all, or a folder of them by name.",
    )
    against: Path | None = Field(
        default=None, description="Clean originals, a file or a folder of them by name: measure PSNR and SSIM."
    )
    noise: float = Field(
        default=0.0, ge=0.0, le=1.0, description="First add gaussian noise of this deviation, as a share of white."
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="Same seed, same noise.")

    def cli_cmd(self) -> None:
        bundle, progress = self.named_bundle(self.bundle), Progress()
        request = RestoreRequest(
            bundle, self.images, self.out, mask=self.mask, against=self.against, noise=self.noise, seed=self.seed
        )
        done = restore(request, progress)
        report_left_out(done.left_out, progress)
        if self.json_output:
            names = {"stream": bundle.manifest.stream, "bundle": bundle.id, "out": str(self.out)}
            print_json({**names, **_restored(done)})
            return
        show_restored(done, results())
        show_lines([f"{len(done.images)} restored images are in {self.out}, side by side in {done.sheet}"], results())


class GenerateCommand(Command):
    """Draw new parts that look like normal ones, from the latents of a vae."""

    bundle: CliPositionalArg[str] = Field(description=NAMING)
    out: Path = Field(description="The picture, FILE.png.")
    count: int = Field(
        default=16, ge=1, le=10_000, validation_alias=AliasChoices("count", "n"), description="How many parts."
    )
    codes: Path | None = Field(
        default=None, description="Latents to draw the like of, FILE.npz by encode; default: calibration images."
    )
    seed: int = Field(default=0, ge=0, lt=2**32, description="Same seed, same parts.")

    def cli_cmd(self) -> None:
        check_out(self.out)
        bundle = self.named_bundle(self.bundle)
        check_draws(bundle)
        known = read_latents(self.codes or bundle.path / CODES, bundle).latents
        images = generate(bundle, known, self.count, self.seed)
        write_file(self.out, sheet(images, math.ceil(math.sqrt(self.count))))
        if self.json_output:
            print_json({"bundle": bundle.id, "out": str(self.out), "images": len(images)})
        else:
            sys.stdout.write(f"{len(images)} new parts are in {printable(self.out)}\n")


def _restored(done: Restored) -> dict[str, Any]:
    found = [each.compared for each in done.images if each.compared is not None]
    images = [
        {
            "image": str(each.path),
            "restored": str(each.result),
            "quality": None if each.compared is None else asdict(each.compared),
        }
        for each in done.images
    ]
    return {
        "sheet": str(done.sheet),
        "images": images,
        "mean": asdict(mean(found)) if found else None,
        "left_out": total(done.left_out),
        "left_out_by_reason": counts(done.left_out),
    }
