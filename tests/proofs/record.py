"""Where proofs write their figures: docs/proofs/NAME.json, one file per proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROOFS = Path(__file__).resolve().parents[2] / "docs" / "proofs"


def record(name: str, **figures: Any) -> None:
    """Write the figures of one proof, replacing those of the last run."""
    PROOFS.mkdir(parents=True, exist_ok=True)
    (PROOFS / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")
