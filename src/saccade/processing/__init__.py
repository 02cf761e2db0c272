"""From messages and media files to what a model reads, and from its answer text back to data.

Only `patches` needs torch and only `pixels` needs Pillow; everything else runs on numpy or less.
"""
