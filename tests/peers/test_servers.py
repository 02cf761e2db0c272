"""Real servers as the engine: detect, extract and ocr over HTTP give what they give here.

`scripts/setup_peers.sh` installs the servers. `make test-peers` asks transformers about some pictures; `make prove`
asks it about all of them, and llama.cpp too, whose compilation takes longer than all other tests together. The latter
write their figures to docs/proofs/peers.json.
"""

from __future__ import annotations

import pytest

from tests.peers.figures import keep, measure
from tests.peers.questions import NUM_PICTURES
from tests.peers.servers import is_installed

LEAST_SHARE = 0.95
SOME = 12  # pictures, each asked one thing


def check(name: str, number: int = NUM_PICTURES) -> None:
    if not is_installed(name):
        pytest.skip(f"not installed here; scripts/setup_peers.sh {name.removesuffix('-f32')} does that")
    tally = measure(name, number)
    if number == NUM_PICTURES:
        keep(name, tally)
    assert tally.num_questions == number and tally.num_boxes > number
    assert tally.share >= LEAST_SHARE
    assert not tally.unexplained, f"neither ours nor a matter of rounding: {', '.join(tally.unexplained)}"


@pytest.mark.peer
def test_transformers_serve_gives_the_boxes_of_our_engine() -> None:
    check("transformers", SOME)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["transformers", "llama.cpp", "llama.cpp-f32"])
def test_a_server_gives_the_boxes_of_our_engine(name: str) -> None:
    check(name)
