"""Published sizes with random bfloat16 weights: load, look at one picture, answer; transformers and ours in turn.

    python benchmarks/real_sizes.py [--sizes Qwen2-VL-2B,Qwen2.5-VL-3B] [--tokens 256] [--new 16] [--reps 3]

Each program runs in a process of its own, transformers in an environment of its own under the cache folder.
The same ids and the same patches go in; times are medians. Prints a table, the ratios and one JSON line, and
writes docs/benchmarks/real_sizes.json.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "saccade" / "bench"
PEER = ("torch==2.13.0", "transformers==5.23.0", "safetensors", "pillow", "accelerate")
NEED_BYTES = 25_000_000_000


def prompt(num_tokens: int) -> tuple[list[int], int]:
    """Ids of one picture and a short question, and the side of the picture's patch grid."""
    side = round((num_tokens * 4) ** 0.5)
    ids = [151644, 872, 198, 151652, *[151655] * num_tokens, 151653]
    return [*ids, 3838, 374, 304, 419, 2168, 30, 151645, 198, 151644, 77091, 198], side


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(call: Any, reps: int) -> float:
    """Median seconds of `call` over `reps` runs after one that warms up."""
    call()
    seconds = []
    for _ in range(reps):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def run_ours(folder: Path, num_tokens: int, new: int, reps: int) -> dict[str, float]:
    """Our model code on one checkpoint."""
    import torch

    from saccade.models.vlm import TextBatch
    from saccade.models.weights import load_model

    start = time.perf_counter()
    model = load_model(folder, device="cpu", dtype="bfloat16")
    load_s = time.perf_counter() - start
    ids, side = prompt(num_tokens)
    tokens = torch.tensor(ids)
    rows = (tokens == 151655).nonzero()[:, 0]
    patches = torch.randn(side * side, 1176, generator=torch.Generator().manual_seed(1))
    grid = [(1, side, side)]
    positions = torch.arange(len(ids)).expand(3, -1)
    last = torch.tensor([len(ids) - 1])

    def first() -> Any:
        cache = model.new_cache(len(ids) + new)
        vision = model.encode(patches, grid)
        logits = model(TextBatch(tokens, positions, [len(ids)], [cache], vision, rows, last))
        return cache, int(logits.argmax())

    with torch.inference_mode():
        vision_s = timed(lambda: model.encode(patches, grid), reps)
        first_s = timed(first, reps)
        cache, token = first()
        steps = []
        for i in range(new):
            at = torch.full((3, 1), len(ids) + i)
            start = time.perf_counter()
            token = int(model(TextBatch(torch.tensor([token]), at, [1], [cache])).argmax())
            steps.append(time.perf_counter() - start)
    return {"load_s": load_s, "vision_s": vision_s, "first_token_s": first_s,
            "decode_ms": statistics.median(steps) * 1e3, "peak_gb": peak_gb()}  # fmt: skip


def run_transformers(folder: Path, num_tokens: int, new: int, reps: int) -> dict[str, float]:
    """The reference implementation on the same checkpoint and inputs."""
    import torch
    from transformers import AutoModelForImageTextToText

    start = time.perf_counter()
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.bfloat16, attn_implementation="sdpa").eval()
    load_s = time.perf_counter() - start
    ids, side = prompt(num_tokens)
    tokens = torch.tensor([ids])
    pixels = torch.randn(side * side, 1176, generator=torch.Generator().manual_seed(1)).bfloat16()
    inputs = {
        "input_ids": tokens,
        "attention_mask": torch.ones_like(tokens),
        "pixel_values": pixels,
        "image_grid_thw": torch.tensor([[1, side, side]]),
        "mm_token_type_ids": (tokens == 151655).long(),
    }
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 151643
    stamps: list[float] = []
    model.lm_head.register_forward_hook(lambda *_: stamps.append(time.perf_counter()))

    def generate(count: int) -> None:
        stamps.clear()
        model.generate(**inputs, max_new_tokens=count, min_new_tokens=count, do_sample=False)

    with torch.inference_mode():
        vision_s = timed(lambda: model.model.visual(pixels, grid_thw=inputs["image_grid_thw"]), reps)
        first_s = timed(lambda: generate(1), reps)
        generate(new + 1)
        steps = [b - a for a, b in pairwise(stamps)]
    return {"load_s": load_s, "vision_s": vision_s, "first_token_s": first_s,
            "decode_ms": statistics.median(steps) * 1e3, "peak_gb": peak_gb()}  # fmt: skip


def peer_python() -> Path:
    """The interpreter of the peer's own environment, made on first use."""
    home = CACHE / "transformers"
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEER], check=True)
    return python


def checkpoint(size: str) -> Path:
    """A folder with random weights of a published size, written once."""
    folder = CACHE / "checkpoints" / size
    if not (folder / "written").exists():
        free = shutil.disk_usage(CACHE.parent if CACHE.parent.exists() else Path.home()).free
        if free < NEED_BYTES:
            sys.exit(f"benchmarks need {NEED_BYTES / 1e9:.0f} GB of disk, {free / 1e9:.0f} GB are free")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-c", "import sys; from saccade.models.random_weights import write_sized; "
                        "write_sized(sys.argv[1], sys.argv[2])", folder, size], check=True)  # fmt: skip
        (folder / "written").touch()
    return folder


def main() -> None:
    """Run both programs on every size in turn and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="Qwen2-VL-2B,Qwen2.5-VL-3B")
    parser.add_argument("--tokens", type=int, default=256, help="visual tokens of the picture")
    parser.add_argument("--new", type=int, default=16, help="tokens answered")
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--worker", choices=("ours", "transformers"))
    options = parser.parse_args()
    if options.worker:
        run = run_ours if options.worker == "ours" else run_transformers
        print(json.dumps(run(Path(options.sizes), options.tokens, options.new, options.reps)))
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"tokens": options.tokens, "new": options.new, "reps": options.reps, "sizes": {}}
    for size in options.sizes.split(","):
        folder, rows = checkpoint(size), {}
        for worker, python in (("transformers", peer_python()), ("ours", Path(sys.executable))):
            command = [python, __file__, "--worker", worker, "--sizes", folder, "--tokens", str(options.tokens),
                       "--new", str(options.new), "--reps", str(options.reps)]  # fmt: skip
            done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
            rows[worker] = json.loads(done.stdout.splitlines()[-1])
        report["sizes"][size] = rows
        print(
            f"\n{size}, bf16, picture of {options.tokens} tokens\n{'':16}{'transformers':>14}{'ours':>10}{'ratio':>8}"
        )
        for name, peer in rows["transformers"].items():
            print(f"{name:16}{peer:14.2f}{rows['ours'][name]:10.2f}{rows['ours'][name] / peer:8.2f}")
    out = ROOT / "docs" / "benchmarks" / "real_sizes.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report))


if __name__ == "__main__":
    main()
