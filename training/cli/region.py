"""`linewatch-train region`: a page to draw the region of interest and the ignored areas for `fit`."""

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import CliPositionalArg

from service.scoring.printable import printable
from training.cli.base import print_json
from training.data.exclusions import report_left_out
from training.errors import TrainingError
from training.progress import Progress
from training.region.chosen_images import IMAGES, ChosenImages, choose_images
from training.region.normal_look import look_at
from training.region.operations import Layer, draw
from training.region.saved import Region, RegionFolder, next_command, region_of
from training.region.serve import open_browser, serve
from training.region.session import Session
from training.region.suggestion import Suggestion, suggest, to_original


class RegionCommand(BaseModel):
    """Draw what of the image is fitted and scored, on the mean of the normal images, in the browser."""

    model_config = ConfigDict(populate_by_name=True)

    data: CliPositionalArg[Path] = Field(description="Folder of normal images, or one in MVTec layout (train/good).")
    out: Path = Field(default=Path("region"), description="Folder for ignore.png and region.json, to go on with too.")
    images: int = Field(default=IMAGES, ge=1, le=2000, description="Up to so many are compared, spread over the set.")
    suggest: bool = Field(default=False, description="No page: write what is suggested, and print it.")
    stream: str | None = Field(default=None, description="For the command that is shown at the end.")
    port: int = Field(default=0, ge=0, le=65535, description="Of the page, on 127.0.0.1; 0 picks a free one.")
    browser: bool = Field(default=True, description="Open the page in the browser.")
    json_output: bool = Field(default=False, alias="json", description="Print results as JSON.")

    def cli_cmd(self) -> None:
        folder, progress = RegionFolder(self.out), Progress()
        folder.check(self.data)
        before = folder.read()
        if self.suggest and before is None and folder.ignore.exists():
            raise _drawn_by_a_person(folder)
        if self.suggest and before is not None and before.drawn_by == "person":
            raise _drawn_by_a_person(folder)
        chosen = choose_images(self.data, self.images, progress)
        report_left_out(chosen.left_out, progress)
        _say_sizes(chosen, progress)
        if self.suggest:
            look = look_at(chosen, progress)
            self._write(folder, chosen, suggest(look, chosen.height, chosen.width))
        else:
            self._draw(folder, before, chosen, progress)

    def _write(self, folder: RegionFolder, chosen: ChosenImages, suggestion: Suggestion) -> None:
        height, width = chosen.height, chosen.width
        names = [area.name for area in suggestion.areas]
        layers: dict[str, NDArray[np.bool_]] = {
            area.name: to_original(area.mask, height, width) for area in suggestion.areas
        }
        mask = draw([Layer(kind="layer", name=name) for name in names], layers, height, width)
        taken = [*names, *(["roi"] if suggestion.roi else [])]
        region = region_of(self.data, chosen, mask, suggestion.roi, taken, "suggestion")
        folder.write(mask, region)
        command = next_command(self.data, folder, region, self.stream)
        if self.json_output:
            print_json({**_summary(folder, region, command), "why": _sentences(suggestion)})
            return
        lines = [*_sentences(suggestion), *(_WARNING if taken else []), f"written: {folder.path}", command]
        sys.stdout.write("".join(f"{printable(line)}\n" for line in lines))

    def _draw(self, folder: RegionFolder, before: Region | None, chosen: ChosenImages, progress: Progress) -> None:
        mask = folder.read_mask(chosen.height, chosen.width)
        roi = None if before is None else before.roi
        if roi is not None and not roi.is_within(chosen.height, chosen.width):
            raise TrainingError(
                f"expected the region of interest in {folder.region} within {chosen.width}x{chosen.height} as most "
                f"images are, found {roi}; give another --out, or remove it"
            )
        if before is not None and before.data != str(self.data.resolve()):
            progress.say(f"{folder.path} holds what was drawn for {before.data}; the page goes on with it")
        look = look_at(chosen, progress)
        suggestion = suggest(look, chosen.height, chosen.width)
        commands: list[str] = []
        serve(
            Session(self.data, chosen, look, suggestion, folder, self.stream, roi, mask),
            self.port,
            self._ready,
            commands.append,
        )
        last = folder.read() if commands else None
        if self.json_output:
            print_json({"saved": False} if last is None else _summary(folder, last, commands[-1]))
        elif last is None:
            sys.stdout.write(f"closed; nothing was saved, {printable(folder.path)} is as it was\n")
        else:
            sys.stdout.write(f"saved in {printable(folder.path)}; now fit with it:\n{printable(commands[-1])}\n")

    def _ready(self, url: str) -> None:
        sys.stderr.write(f"draw on {url} (Ctrl-C ends it)\n")
        sys.stderr.flush()
        if self.browser:
            open_browser(url)


_WARNING = ["What is ignored is not inspected: look at the mask, and check that no part ever reaches there."]


def _sentences(suggestion: Suggestion) -> list[str]:
    found = [suggestion.why_none, *(area.why for area in suggestion.areas), suggestion.why_roi]
    return [sentence for sentence in found if sentence]


def _summary(folder: RegionFolder, region: Region, command: str) -> Mapping[str, object]:
    written = {"saved": True, "ignore": str(folder.ignore), "region": str(folder.region), "command": command}
    return written | region.model_dump(mode="json")


def _drawn_by_a_person(folder: RegionFolder) -> TrainingError:
    return TrainingError(
        f"expected no region drawn by a person in {folder.path}, found one, which --suggest would overwrite; "
        "give another --out, or remove it"
    )


def _say_sizes(chosen: ChosenImages, progress: Progress) -> None:
    if chosen.of_other_sizes:
        progress.say(
            f"{len(chosen.images)} images are {chosen.width}x{chosen.height}, {chosen.of_other_sizes} are of other "
            "sizes and not compared: fit takes a mask for images of the same proportions alone"
        )
