"""The request to translate lines of text that were read in a picture: numbered, so that none is lost or joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def translate_prompt(lines: Mapping[int, str], target: str, source: str = "", keep: Sequence[str] = ()) -> str:
    """The question for `lines` by their numbers, into the language `target` (an English name such as "German")."""
    asked = "\n".join(f"{number}. {' '.join(line.split())}" for number, line in lines.items())
    kept = f" Leave these words as they are: {', '.join(keep)}." if keep else ""
    return (
        f"Translate these lines of text in the image{f' from {source}' if source else ''} into {target}, each on its "
        f"own. Keep numbers, prices, codes and names as they are.{kept}\n{asked}\n"
        'Answer in JSON format like this: {"1": "..."}, with the number of each line as its key.'
    )
