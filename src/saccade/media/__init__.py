"""Media: from any source a caller may name to upright RGB pixels, safely.

    fetch.py      path, file:// URI, data: URI, URL, bytes  ->  bytes or a checked local path
    download.py   one URL over a connection pinned to a checked public address
    naming.py     how messages name a source
    image.py      picture bytes  ->  header, or upright RGB with a digest
    rgb.py        any Pillow mode  ->  upright RGB
    video.py      video  ->  exact frames by number or by time
    draw.py       boxes and points drawn on a picture

Import the modules themselves; importing this package does nothing.
"""
