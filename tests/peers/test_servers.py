"""Real servers as the engine: detect, extract and ocr over HTTP give what they give here.

`scripts/setup_peers.sh` installs the servers. transformers is asked by `make test-peers`; llama.cpp, whose compilation
takes longer than all other tests together, by `make prove`. Both write their figures to docs/proofs/peers.json.
"""

from __future__ import annotations

import pytest

from tests.peers.figures import keep, measure
from tests.peers.questions import NUM_PICTURES
from tests.peers.servers import is_installed

LEAST_SHARE = 0.95


def check(name: str) -> None:
    if not is_installed(name):
        pytest.skip(f"not installed here; scripts/setup_peers.sh {name.removesuffix('-f32')} does that")
    tally = measure(name)
    keep(name, tally)
    assert tally.num_questions == NUM_PICTURES and tally.num_boxes > NUM_PICTURES
    assert tally.share >= LEAST_SHARE
    assert not tally.unexplained, f"neither ours nor a matter of rounding: {', '.join(tally.unexplained)}"


@pytest.mark.peer
def test_transformers_serve_gives_the_boxes_of_our_engine() -> None:
    check("transformers")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["llama.cpp", "llama.cpp-f32"])
def test_llama_server_gives_the_boxes_of_our_engine(name: str) -> None:
    check(name)
