"""The figures of docs/proofs/peers.json: answers of real servers beside ours, on held-out pictures.

    python -m tests.peers.figures                      both servers and the control, 50 pictures each
    python -m tests.peers.figures llama.cpp --limit 5  a quick look at one; writes nothing

`scripts/setup_peers.sh transformers llama.cpp` installs the servers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from contextlib import ExitStack
from typing import Any

import saccade
from saccade.inspect.source import bundled_folder
from saccade.settings import Settings
from tests.peers.comparing import Tally, compare
from tests.peers.ggml import ggml_arithmetic
from tests.peers.questions import NUM_PICTURES, questions
from tests.peers.servers import NAMES, described, is_installed, served
from tests.proofs.record import PROOFS, record

_PATIENT = Settings(server_timeout_s=600.0, num_threads=1)  # for a machine that is busy with something else


def measure(name: str, limit: int = NUM_PICTURES) -> Tally:
    """The bundled model's answers through the server `name` beside those of the engine here."""
    ours = saccade.load("tiny", settings=_PATIENT)
    limits = json.loads((bundled_folder() / "preprocessor_config.json").read_text())["size"]  # edges that are areas
    area = {"min_pixels": limits["shortest_edge"], "max_pixels": limits["longest_edge"]}
    with ExitStack() as stack:
        address = stack.enter_context(served(name))
        theirs = stack.enter_context(saccade.load(address, family=ours.family, settings=_PATIENT, **area))
        if name.endswith("-f32"):
            stack.enter_context(ggml_arithmetic(ours.engine.runner.model))
        return compare(ours, theirs, questions(limit))


def keep(name: str, tally: Tally) -> None:
    """Write the figures of one server, beside those of the other."""
    file = PROOFS / "peers.json"
    before: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    record("peers", **{**before, name: {"server": described(name), "weights": _weights(), **tally.figures()}})


def _weights() -> str:
    """Which state of the bundled model was measured: the digest of its weights, shortened."""
    return hashlib.sha256((bundled_folder() / "model.safetensors").read_bytes()).hexdigest()[:12]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="*", choices=[*NAMES, []], help="which servers; all by default")
    parser.add_argument("--limit", type=int, help="this many pictures only; the figures are printed, not kept")
    chosen = parser.parse_args()
    for name in chosen.server or NAMES:
        if not is_installed(name):
            parser.exit(1, f"{name} is not installed: run scripts/setup_peers.sh {name.removesuffix('-f32')}\n")
        tally = measure(name, chosen.limit or NUM_PICTURES)
        if chosen.limit is None:
            keep(name, tally)
        print(json.dumps({name: tally.figures()}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
