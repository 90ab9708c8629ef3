"""Settings of the log."""

from typing import Literal

from service.settings.base import SettingsGroup


class LogSettings(SettingsGroup):
    """What is logged, and how."""

    log_format: Literal["console", "json"] = "console"
    """Lines for people, or one JSON object a line for a log collector."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe message to log."""
