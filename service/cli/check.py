"""`linewatch check`."""

from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, Field
from pydantic_settings import CliPositionalArg

from service.scoring.bundle import read_bundle
from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Calibration
from service.scoring.scorer import Scorer


class Check(BaseModel):
    """Verify a bundle as the service would before it decides: schema, digests, graph, golden scores."""

    bundle: CliPositionalArg[Path] = Field(description="The bundle's folder, <store>/<stream>/<bundle-id>.")

    def cli_cmd(self) -> None:
        bundle = Scorer(read_bundle(self.bundle)).bundle
        manifest = bundle.manifest
        calibration = manifest.calibration
        print(  # noqa: T201 - output
            f"good: bundle {bundle.id} of stream {manifest.stream}, {manifest.autoencoder.name} "
            f"{manifest.input.width}x{manifest.input.height}x{manifest.input.channels}, "
            f"threshold {calibration.threshold:.6g} for {calibration.false_alarm_rate:.2%} false alarms"
            f"{METHODS[calibration.method]}{_review_budget(calibration)}, "
            f"{_fitted_on(manifest.input)}"
            f"{len(bundle.golden())} golden images score as they should"
        )


METHODS = MappingProxyType(
    {"conformal": "", "cross_conformal": " (cross-conformal)", "generalised_pareto": " (an estimate, no guarantee)"}
)


def _fitted_on(spec: InputSpec) -> str:
    return f"fitted on {spec.bit_depth} bits, {spec.fitted_on}, " if spec.fitted_on else ""


def _review_budget(calibration: Calibration) -> str:
    if calibration.review_rate is None:
        return ""
    return f", to review above {calibration.review_threshold:.6g} for {calibration.review_rate:.2%}"
