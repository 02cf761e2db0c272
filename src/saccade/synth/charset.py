"""The characters that drawn text is made of."""

from __future__ import annotations

ASCII = "".join(chr(code) for code in range(0x21, 0x7F))  # 94 printable ones; the space is apart
ACCENTED = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœ€£°§"
CHARSET = ASCII + ACCENTED
