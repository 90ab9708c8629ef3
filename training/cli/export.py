"""`linewatch-train export`: a bundle's graph for another runtime."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import CliPositionalArg

from service.scoring.bundle import MANIFEST, Bundle, read_bundle
from training.bundles.roles import stream_names
from training.cli.base import Command, check_out, needs, print_json, write_file
from training.errors import TrainingError


class ExportCommand(Command):
    """Write a bundle's graph for another runtime, after comparing both on the golden images."""

    bundle: CliPositionalArg[str] = Field(description="A bundle's folder, or its id (or a prefix of it) in the store.")
    format: Literal["onnx"] = Field(default="onnx", description="For ONNX Runtime.")
    out: Path = Field(description="The file to write.")

    def cli_cmd(self) -> None:
        check_out(self.out)
        bundle = self._bundle()
        with needs("onnx"):
            from training.bundles.onnx_graph import to_onnx  # noqa: PLC0415 - the extra is for this command alone

            content = to_onnx(bundle)
        write_file(self.out, content)
        if self.json_output:
            print_json({"bundle": bundle.id, "format": self.format, "out": str(self.out), "bytes": len(content)})
        else:
            sys.stdout.write(f"bundle {bundle.id} is in {self.out}; ONNX Runtime scores its golden images the same\n")

    def _bundle(self) -> Bundle:
        folder = Path(self.bundle)
        if (folder / MANIFEST).is_file():
            return read_bundle(folder)
        store = self.bundle_store()
        found = [
            (stream, each)
            for stream in stream_names(store)
            for each in store.bundle_ids(stream)
            if each.startswith(self.bundle)
        ]
        if len(found) != 1:
            raise TrainingError(
                f"expected the folder of one bundle, or the start of one id in {store.root}, found {len(found)} for "
                f"{self.bundle!r}; see linewatch-train list"
            )
        return store.bundle(*found[0])
