"""Where a model is served: `http://host:8000/v1#name`, and which family a name belongs to. Standard library only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from saccade.errors import BadInput
from saccade.families import family_profile

_FAMILY = re.compile(r"qwen[\s_-]?(2[._-]?5|2|3)[\s_-]?vl(.*)", re.IGNORECASE | re.DOTALL)
_EXPERTS = re.compile(r"\d+b-a\d+b|moe", re.IGNORECASE)  # as in Qwen3-VL-30B-A3B-Instruct


@dataclass(frozen=True, slots=True)
class Address:
    """`base` is the address all routes hang on ("http://host:8000/v1"), `model` the name behind "#" ("" for none)."""

    base: str
    model: str = ""

    @property
    def root(self) -> str:
        """The address of the server's own routes, outside /v1."""
        return self.base.removesuffix("/v1")

    def __str__(self) -> str:
        return self.base


def is_address(source: Any) -> bool:
    """Whether `source` names a server."""
    return isinstance(source, str) and source.lower().startswith(("http://", "https://"))


def parse_address(source: str) -> Address:
    """The address in `source`; a host alone gets the path /v1. Raises BadInput."""
    try:
        parts = urlsplit(source.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or any(character.isspace() for character in source.partition("#")[0].strip()):
        raise BadInput("the address of the server cannot be read", hint="write http://host:8000/v1#model-name")
    if parts.username is not None or parts.password is not None:
        raise BadInput("the address of the server holds a user or password", hint="give the key as api_key")
    if parts.query:
        raise BadInput("the address of the server holds a question mark", hint="write http://host:8000/v1#model-name")
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return Address(f"{parts.scheme.lower()}://{parts.netloc}{path}", unquote(parts.fragment))


def guess_family(*names: str) -> str | None:
    """The family that the first telling one of `names` (a served name, a folder, a file) belongs to, or None."""
    for name in names:
        match = _FAMILY.search(name)
        if match is None:
            continue
        number = "2.5" if "5" in match[1] else match[1]
        experts = number == "3" and _EXPERTS.search(match[2])
        return f"qwen{number}-vl{'-moe' if experts else ''}"
    return None


def family_of(family: str | None, model: str, *names: str) -> str:
    """`family` as the profiles spell it, or guessed from the names. Raises UnknownModel or BadInput."""
    if family is not None:
        return family_profile(family).name
    guessed = guess_family(model, *names)
    if guessed is None:
        raise BadInput(
            f"the family of the model {model!r} cannot be told from its name",
            hint="give it, as in load(address, family='qwen2.5-vl')",
        )
    return guessed
