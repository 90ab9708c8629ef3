"""`linewatch-train export`: a bundle's graph for another runtime."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import CliPositionalArg

from service.scoring.named_bundle import NAMING
from training.cli.base import Command, check_out, needs, print_json, write_file


class ExportCommand(Command):
    """Write a bundle's graph for another runtime, after comparing both on the golden images."""

    bundle: CliPositionalArg[str] = Field(description=NAMING)
    format: Literal["onnx"] = Field(default="onnx", description="For ONNX Runtime.")
    out: Path = Field(description="The file to write.")

    def cli_cmd(self) -> None:
        check_out(self.out)
        bundle = self.named_bundle(self.bundle)
        with needs("onnx"):
            from training.bundles.onnx_graph import to_onnx  # noqa: PLC0415 - the extra is for this command alone

            content = to_onnx(bundle)
        write_file(self.out, content)
        if self.json_output:
            print_json({"bundle": bundle.id, "format": self.format, "out": str(self.out), "bytes": len(content)})
        else:
            sys.stdout.write(f"bundle {bundle.id} is in {self.out}; ONNX Runtime scores its golden images the same\n")
