"""Every family's tiny checkpoint, written and opened once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.parity.reference import Pair, open_pair, write_family


@pytest.fixture(scope="session")
def pair_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Pair]:
    """Gives the pair of a family; further keys change the decoder's config, or tie the head (tied=True)."""
    opened: dict[str, Pair] = {}

    def give(family: str, **changes: object) -> Pair:
        key = f"{family} {sorted(changes.items())}"
        if key not in opened:
            folder = tmp_path_factory.mktemp("parity") / family
            write_family(folder, family, **changes)
            opened[key] = open_pair(folder, family)
        return opened[key]

    return give
