"""Run every benchmark and write docs/performance.md from its figures. `make bench` calls this."""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "docs" / "benchmarks" / "real_sizes.json"
# Bytes of the decoder's weights and head that one answered token reads (bf16), by size.
STREAMED = {"Qwen2-VL-2B": 2 * 1_544e6, "Qwen2.5-VL-3B": 2 * 3_086e6}


def bandwidth_gb_s() -> float:
    """Memory read rate: the best of nine sums over half a gigabyte."""
    import torch

    numbers = torch.ones(128 * 2**20)
    rates = []
    for _ in range(9):
        start = time.perf_counter()
        numbers.sum()
        rates.append(numbers.nbytes / (time.perf_counter() - start) / 1e9)
    return max(rates)


def machine() -> str:
    """One line on the processor and the versions."""
    import torch

    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())  # fmt: skip
    return f"{cpu}, {torch.get_num_threads()} threads, torch {torch.__version__}, Python {platform.python_version()}"


def page(report: dict[str, Any], bandwidth: float, where: str) -> str:
    """docs/performance.md."""
    how = (
        f"Measured by `make bench` on: {where}. Memory read rate {bandwidth:.1f} GB/s. Random weights, bf16, one "
        f"picture of {report['tokens']} visual tokens and a short question, batch 1, medians of {report['reps']} runs "
        "after one that warms up; the peer and Saccade ran in turn on the same ids and patches. A ratio below 1 means "
        "that Saccade needs less."
    )
    lines = ["# Performance", "", how, ""]
    for size, rows in report["sizes"].items():
        lines += [f"## {size}", "", "| figure | transformers | Saccade | ratio |", "|---|---|---|---|"]
        for name, peer in rows["transformers"].items():
            ours = rows["ours"][name]
            lines.append(f"| {name} | {peer:.2f} | {ours:.2f} | {ours / peer:.2f} |")
        floor_ms = STREAMED[size] / bandwidth / 1e6 if size in STREAMED else 0
        if floor_ms:
            lines += ["", f"Reading the weights once at the measured rate takes {floor_ms:.0f} ms: decoding stands at "
                      f"{rows['ours']['decode_ms'] / floor_ms:.2f} x that floor."]  # fmt: skip
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Run, read the figures, write the page."""
    subprocess.run([sys.executable, ROOT / "benchmarks" / "real_sizes.py", *sys.argv[1:]], check=True)
    report = json.loads(FIGURES.read_text())
    rate = statistics.median([bandwidth_gb_s() for _ in range(3)])
    (ROOT / "docs" / "performance.md").write_text(page(report, rate, machine()))
    print(f"written: {ROOT / 'docs' / 'performance.md'}")


if __name__ == "__main__":
    main()
