"""Where the checkout is, and where tools keep what they fetch and measure."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CACHE = REPOSITORY / ".cache"
