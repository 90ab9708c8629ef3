"""Listing the bundles of a store, a row each."""

from datetime import datetime

from pydantic import BaseModel

from service.scoring.bundle import BundleError, BundleStore
from service.scoring.named_bundle import known_bundles, stream_names
from training.bundles.roles import known


class Row(BaseModel):
    """One bundle; one that cannot be used has the reason as its `fault`, and None for the fields of its manifest."""

    stream: str
    bundle: str
    champion: bool
    challenger: bool
    created_at: datetime | None = None
    autoencoder: str | None = None
    false_alarm_rate: float | None = None
    threshold: float | None = None
    n: int | None = None
    image_auroc: float | None = None
    fault: str | None = None


def rows(store: BundleStore, stream: str | None) -> list[Row]:
    """The bundles of one stream, or of all, newest first within a stream.

    Raises:
        BundleError: if the named stream has no bundle.
    """
    if stream is not None:
        return [_row(store, stream, bundle) for bundle in known_bundles(store, stream)]
    return [_row(store, name, bundle) for name in stream_names(store) for bundle in known_bundles(store, name)]


def _row(store: BundleStore, stream: str, bundle: str) -> Row:
    roles = {
        "champion": known(store.champion_id, stream) == bundle,
        "challenger": known(store.challenger_id, stream) == bundle,
    }
    try:
        manifest = store.bundle(stream, bundle).manifest
    except BundleError as error:
        return Row(stream=stream, bundle=bundle, **roles, fault=str(error))
    return Row(
        stream=stream,
        bundle=bundle,
        **roles,
        created_at=manifest.created_at,
        autoencoder=manifest.autoencoder.name,
        false_alarm_rate=manifest.calibration.false_alarm_rate,
        threshold=manifest.calibration.threshold,
        n=manifest.calibration.n,
        image_auroc=manifest.evaluation.image_auroc if manifest.evaluation else None,
    )
