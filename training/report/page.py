"""The report's page, from its content."""

from datetime import datetime

import numpy as np

from service.scoring.manifest import Calibration, Sensitivity
from service.scoring.printable import printable
from service.scoring.scored_words import scored_words
from training.calibration.score_order import ScoreOrder
from training.calibration.threshold import guarantee
from training.data.synthetic_defects import examples
from training.evaluation.sensitivity import smallest_caught
from training.report.content import ReportContent
from training.report.figures import loss_curve, map_curve, order_curve, roc_curve, score_histogram
from training.report.gallery import galleries, restorations
from training.report.images import picture, uri
from training.report.latents import latent_page
from training.report.machine import machine
from training.report.rendering import environment
from training.report.whole_image import hatched_picture
from training.trainer.result import MapPrices, Reconstructor

BEGINNING = "<main>"
"""In every report, once."""

REPORT = "report/report.html"


def render(content: ReportContent, reconstructor: Reconstructor) -> str:
    """The report as one HTML page, figures embedded; every name in it can be printed."""
    manifest, judged = content.manifest, content.judged.images
    normals, defects = (
        np.array([image.prediction.score for image in judged if image.is_defect == wanted]) for wanted in (False, True)
    )
    threshold = manifest.calibration.threshold
    return printable(
        environment()
        .get_template("page.html")
        .render(
            content=content,
            manifest=manifest,
            calibration=manifest.calibration,
            guarantee=guarantee(manifest.calibration),
            evaluation=manifest.evaluation,
            machine=machine(),
            scored=scored_words(manifest.input) or "the whole image",
            hatched=hatched_picture(content.normals.first[0].path, manifest.input) if content.normals.first else "",
            loss_curve=uri(loss_curve(content.history)),
            histogram=uri(score_histogram(manifest.calibration, normals.tolist(), defects.tolist())),
            order=_order(content.order, threshold) if content.order else None,
            roc_curve=uri(roc_curve(normals, defects, threshold)) if len(normals) and len(defects) else "",
            sensitivity=_sensitivity(content, manifest.sensitivity) if manifest.sensitivity else None,
            maps=_maps(content.map_prices) if content.map_prices else None,
            galleries=galleries(content, reconstructor),
            restorations=restorations(content, reconstructor),
            latents=latent_page(content, reconstructor),
        )
    )


def _sensitivity(content: ReportContent, sensitivity: Sensitivity) -> dict[str, object]:
    spec = content.manifest.input
    size, contrast = sensitivity.sizes[-2:][0], sensitivity.contrasts[-1]
    shown = examples(content.normals.first[0].found.pixels, size, contrast, content.manifest.seed, spec.ignored)
    return {
        "table": sensitivity,
        "side": max(spec.height, spec.width),
        "sentence": smallest_caught(sensitivity, "scratch", max(spec.height, spec.width)),
        "examples": {kind: picture(image) for kind, image in shown.items()},
    }


def _order(order: ScoreOrder, threshold: float) -> dict[str, object]:
    return {
        "curve": uri(order_curve(order, threshold)),
        "drifted": order.drifted,
        "offer": order.latest_may_help,
        "sentence": order.sentence(),
    }


def _maps(prices: MapPrices) -> dict[str, object]:
    return {
        "prices": prices,
        "rows": list(zip(prices.worths, prices.own_ms(), strict=True)),
        "curve": uri(map_curve(prices)),
    }


def mark_recalibrated(page: str, at: datetime, before: Calibration, after: Calibration) -> str:
    """The same report with one sentence at its top; of several recalibrations the latest stands first."""
    sentence = (
        f'<p class="flag">Recalibrated {at:%Y-%m-%d %H:%M} UTC: the threshold became {after.threshold:.4g}, '
        f"from {after.n} scores. Below is what was found before that, at a threshold of {before.threshold:.4g}.</p>"
    )
    return page.replace(BEGINNING, f"{BEGINNING}\n{sentence}", 1)
