"""`linewatch check`."""

from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, Field
from pydantic_settings import CliPositionalArg

from service.scoring.bundle import BundleStore
from service.scoring.input_spec import InputSpec
from service.scoring.manifest import Calibration
from service.scoring.named_bundle import NAMING, named_bundle
from service.scoring.scored_words import scored_words
from service.scoring.scorer import Scorer
from service.settings.scoring import ScoringSettings


class Check(BaseModel):
    """Verify a bundle as the service would before it decides: schema, digests, graph, golden scores."""

    bundle: CliPositionalArg[str] = Field(description=NAMING)
    store: Path | None = Field(default=None, description="Folder of bundles (default: the setting store).")

    def cli_cmd(self) -> None:
        store = BundleStore(self.store or ScoringSettings().store)
        bundle = Scorer(named_bundle(store, self.bundle)).bundle
        manifest = bundle.manifest
        calibration = manifest.calibration
        print(  # noqa: T201 - output
            f"good: bundle {bundle.id} of stream {manifest.stream}, {manifest.autoencoder.name} "
            f"{manifest.input.width}x{manifest.input.height}x{manifest.input.channels}, "
            f"threshold {calibration.threshold:.6g} for {calibration.false_alarm_rate:.2%} false alarms"
            f"{METHODS[calibration.method]}{_review_budget(calibration)}, "
            f"{_scored(manifest.input)}{_fitted_on(manifest.input)}"
            f"{len(bundle.golden())} golden images score as they should"
        )


METHODS = MappingProxyType(
    {"conformal": "", "cross_conformal": " (cross-conformal)", "generalised_pareto": " (an estimate, no guarantee)"}
)


def _scored(spec: InputSpec) -> str:
    words = scored_words(spec)
    return f"scored: {words}, " if words else ""


def _fitted_on(spec: InputSpec) -> str:
    return f"fitted on {spec.bit_depth} bits, {spec.fitted_on}, " if spec.fitted_on else ""


def _review_budget(calibration: Calibration) -> str:
    if calibration.review_rate is None:
        return ""
    return f", to review above {calibration.review_threshold:.6g} for {calibration.review_rate:.2%}"
