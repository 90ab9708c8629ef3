"""The Jinja environment of all reports: one HTML file each, with `style.css` included."""

from pathlib import Path

import jinja2

REPORT_TEMPLATES = Path(__file__).with_name("templates")
"""Holds `style.css`, which other packages' reports include too."""


def environment(*templates: Path) -> jinja2.Environment:
    """An environment that finds templates in these folders, then in the report's; undefined names raise."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader([*templates, REPORT_TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    made.filters["percent"] = lambda share: f"{100.0 * share:.3g} %"
    return made
