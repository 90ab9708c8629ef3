"""Anomalies for the status page."""

from datetime import UTC, datetime

import numpy as np

from service.status import Anomaly
from tests.support.bundles import SIDE, part


def anomaly(name: str, part_id: str = "p") -> Anomaly:
    """An anomaly as the status page gets it."""
    spot = np.zeros((SIDE, SIDE), np.float32)
    spot[4:8, 4:8] = 0.9
    return Anomaly(
        id=name,
        part_id=part_id,
        stream="default",
        captured_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        error_ratio=1.8,
        p_value=0.01,
        bundle="b",
        pixels=part(60),
        anomaly_map=spot,
        pixel_threshold=0.5,
    )
