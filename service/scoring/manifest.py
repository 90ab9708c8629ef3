"""The schema of manifest.json: everything about a bundle but its graph."""

from bisect import bisect_right
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from service.scoring.input_spec import InputSpec, Ratio, StrictModel

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"  # of a folder in the store

StreamName = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
"""One camera x product channel; also a folder name in the store, so no separators."""

GreyValue = Annotated[float, Field(ge=0.0, le=255.0)]

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$")]
"""The path of a file within its bundle."""


Precision = Literal["float32", "int8"]
"""The arithmetic of the graph's frozen backbone, convolutions and largest products; all else is always float32."""


class AutoencoderInfo(StrictModel):
    """The autoencoder in the graph, and the options it was fitted with."""

    name: str
    options: dict[str, Any] = Field(default={})
    parameters: int = Field(ge=0)
    code_size: int | None = Field(default=None, ge=1)
    """Size of an image's latent vector; None where there is no single vector that everything passes through."""
    precision: Precision = "float32"


class Calibration(StrictModel):
    """The guarantee: at most `false_alarm_rate` of good parts score above `threshold` (split conformal).

    `cross_conformal`: each part is scored by a graph fitted without it; the rate is measured, not proven.
    `generalised_pareto`: an estimate, since n was too small for the rate, on a tail fitted to the largest scores.

    `scores` are the n scores of normal images that were not learnt, in ascending order; the p-value of a verdict is
    (1 + #{scores >= score}) / (n + 1). `pixel_threshold` is the same quantile of the per-image maxima of
    the anomaly map: a normal part seldom has any pixel above it.
    """

    method: Literal["conformal", "cross_conformal", "generalised_pareto"] = "conformal"
    false_alarm_rate: float = Field(gt=0.0, lt=1.0)
    n: int = Field(ge=1)
    threshold: float = Field(gt=0.0)
    pixel_threshold: float = Field(gt=0.0)
    scores: tuple[float, ...]
    review_rate: float | None = Field(default=None, gt=0.0, lt=1.0)
    """A second, larger budget: the share of good parts that may be reviewed or flagged; None for none."""
    review_threshold: float | None = Field(default=None, gt=0.0)
    """Its conformal quantile: scores above it and not above `threshold` are to be reviewed."""
    fold_factors: tuple[Ratio, ...] = ()
    """Of a fit in folds: what scores by each fold's graph, in the middle of all, were multiplied by, to be those of the
    bundle's graph; the highest ones are only brought to its scale."""

    @property
    def is_guaranteed(self) -> bool:
        return self.method == "conformal"

    @property
    def is_extrapolated(self) -> bool:
        return self.method == "generalised_pareto"

    @model_validator(mode="after")
    def _scores_are_the_n_sorted_ones(self) -> "Calibration":
        if len(self.scores) != self.n:
            msg = f"expected n={self.n} calibration scores, found {len(self.scores)}"
            raise ValueError(msg)
        if any(low > high for low, high in pairwise(self.scores)):
            msg = "expected calibration scores in ascending order"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _few_scores_are_above_the_threshold(self) -> "Calibration":
        above = self.n - bisect_right(self.scores, self.threshold)
        if above > self.false_alarm_rate * self.n:
            msg = (
                f"expected at most {self.false_alarm_rate:g} of {self.n} calibration scores above the threshold "
                f"{self.threshold:g}, found {above}"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _review_comes_before_anomaly(self) -> "Calibration":
        if (self.review_rate is None) != (self.review_threshold is None):
            msg = "expected review_rate and review_threshold together, found one alone"
            raise ValueError(msg)
        if self.review_rate is not None and self.review_rate <= self.false_alarm_rate:
            msg = f"expected review_rate above false_alarm_rate {self.false_alarm_rate:g}, found {self.review_rate:g}"
            raise ValueError(msg)
        if self.review_threshold is not None and self.review_threshold > self.threshold:
            msg = f"expected review_threshold at most {self.threshold:g}, found {self.review_threshold:g}"
            raise ValueError(msg)
        return self


Interval = tuple[float, float]
"""Low and high end of a 95 % confidence interval."""


class Evaluation(StrictModel):
    """Metrics on labelled test images, through the exported graph; rates are fractions.

    Metrics that cannot be measured are None: without both normal images and defects, or without masks.
    """

    normal: int
    defects: int
    image_auroc: float | None
    image_auroc_interval: Interval | None = None
    """Percentile bootstrap over the test images."""
    average_precision: float | None = None
    tpr_at_fpr_1pct: float | None = None
    tpr_at_fpr_01pct: float | None = None
    """The share of defects above the lowest threshold that no more than 1 % (0.1 %) of the normal images exceed."""
    masks: int = 0
    """Defect images with a mask of the defect; AUPRO is measured on these and on the normal images."""
    aupro_30: float | None = None
    aupro_5: float | None = None
    """Area under the per-region overlap up to a false-positive rate of 0.30 (0.05), divided by that limit."""
    false_alarms: int
    false_alarm_interval: Interval | None = None
    """Clopper-Pearson, of the share of normal images flagged."""
    defects_flagged: int
    by_kind: dict[str, tuple[int, int]] = Field(default={})
    """Defect kind -> (flagged, sent)."""
    auroc_by_kind: dict[str, float] = Field(default={})
    """Defect kind -> image AUROC of its images alone against all normal ones."""
    normals_to_review: int | None = None
    defects_to_review: int | None = None
    """Not flagged, but to be reviewed; None for a bundle without a review threshold."""


class Sensitivity(StrictModel):
    """The share of synthetic defects that is flagged, by kind, size and contrast; needs no defect image."""

    images: int = Field(ge=1)
    """Normal images that each defect was drawn on."""
    sizes: tuple[float, ...]
    """Extent of the defect as a fraction of the image's longer side, ascending."""
    contrasts: tuple[float, ...]
    """Largest change of a pixel as a fraction of full scale, ascending; a missing patch also loses its texture."""
    recall: dict[str, tuple[tuple[float, ...], ...]]
    """Kind of defect -> for each size, for each contrast, the share flagged."""

    @model_validator(mode="after")
    def _every_cell_is_filled(self) -> "Sensitivity":
        shape = [len(self.contrasts)] * len(self.sizes)
        for kind, rows in self.recall.items():
            if [len(row) for row in rows] != shape:
                msg = f"expected {len(self.sizes)} x {len(self.contrasts)} values for {kind}, found another number"
                raise ValueError(msg)
        return self


class DriftSpec(StrictModel):
    """The alarm limits for drift and for bursts of bad parts (see service.scoring.drift).

    Both limits were found by simulation, over random calibration sets of this size, so that each kind of false alarm
    comes once in `average_run_length` parts.
    """

    parts_per_hour: float = Field(gt=0.0)
    average_run_length: float = Field(gt=1.0)
    """Parts from one false alarm of a kind to the next, on average: a month of `parts_per_hour`."""
    ordinary_share: float = Field(gt=0.0, lt=1.0)
    """The share of good parts that is ordinary: only among them is drift detected."""
    reference: int = Field(ge=1)
    """Number of ordinary parts to compare with: those of the calibration, then those of the line."""
    scores: tuple[float, ...] | None = None
    """Of the ordinary calibration images that show the line as it is now, ascending; None: of all ordinary ones."""
    brightness: tuple[GreyValue, ...] | None = None
    """Mean grey values of the same images, in the same order.

    None in bundles of earlier releases: their streams are monitored by scores alone.
    """
    drift_limit: float = Field(gt=0.0)
    burst_limit: float = Field(gt=0.0)

    @model_validator(mode="after")
    def _scores_and_brightness_are_of_the_same_images(self) -> "DriftSpec":
        scores, brightness = self.scores, self.brightness
        if scores is not None and brightness is not None and len(scores) != len(brightness):
            msg = f"expected a brightness for each of {len(scores)} drift scores, found {len(brightness)}"
            raise ValueError(msg)
        if scores is not None and any(low > high for low, high in pairwise(scores)):
            msg = "expected drift scores in ascending order"
            raise ValueError(msg)
        return self


class TrainingData(StrictModel):
    """What the bundle was fitted on. `digest` is the SHA-256 over the sorted SHA-256s of all normal images."""

    digest: Sha256
    fit: int
    validation: int
    calibration: int
    unused: int = 0
    """Near-duplicates of calibration images: only one image of each part calibrates."""
    parts: int | None = None
    """Number of different parts, near-duplicates being one part; None in bundles of earlier releases."""


class Manifest(StrictModel):
    """manifest.json."""

    schema_version: Literal[1, 2] = 2
    """2 since images have a region of interest, ignored areas, padding and tiles; 1 has none of them."""
    stream: StreamName
    created_at: datetime
    input: InputSpec
    autoencoder: AutoencoderInfo
    calibration: Calibration
    evaluation: Evaluation | None = None
    sensitivity: Sensitivity | None = None
    drift: DriftSpec | None = None
    """None in bundles of earlier releases: their streams are not monitored for drift."""
    golden_tolerance: float = Field(default=1e-3, gt=0.0, lt=1.0)
    """How far, relative to it, a golden image's score may be from the exporting machine's. Kernels in float32 differ by
    less than the default; those in int8 round differently by what was measured at the fit. Another graph, or other
    preprocessing, differs by more."""
    training_data: TrainingData
    seed: int
    versions: dict[str, str]
    files: dict[FileName, Sha256] = Field(max_length=1000)
    """Every other file of the bundle, by its path within it, and its SHA-256."""
