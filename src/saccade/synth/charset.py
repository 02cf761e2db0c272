"""The characters that drawn text is made of, but for letters with rarer accents (`accents.LETTERS`).

The vision tower's throw-away training head names them, so a new one changes what a run's state fits to.
"""

from __future__ import annotations

ASCII = "".join(chr(code) for code in range(0x21, 0x7F))  # 94 printable ones; the space is apart
ACCENTED = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœ€£°§"
CHARSET = ASCII + ACCENTED
