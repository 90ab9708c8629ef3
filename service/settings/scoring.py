"""Settings of scoring: of all commands that score, and of the two services."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from service.settings.base import FilePath, Optionally
from service.settings.logs import LogSettings
from service.settings.pages import PageSettings
from service.settings.record import ImageSizeSettings, RecordSettings


class ScoringSettings(ImageSizeSettings):
    """How to score images."""

    store: FilePath = Path("bundles")
    """Folder of bundles: <store>/<stream>/<bundle-id>/."""
    max_image_pixels: int = Field(default=50_000_000, ge=64, le=100_000_000_000)
    """Largest decoded image, width x height; checked before decoding."""


class ServiceSettings(PageSettings, LogSettings, ScoringSettings, RecordSettings):
    """What both services use."""

    score_threads: int = Field(default=0, ge=0, le=64)
    """Images that are scored at a time, each on one core; 0 is as many as the cores that the process may use."""
    probe_port: Annotated[int | None, Optionally] = Field(default=None, ge=0, le=65535)
    """Port of a listener for /live and /ready alone; by default that of the pages + 100, 0 picks a free one."""
