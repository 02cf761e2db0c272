"""`transformers serve`, also where torchvision was built for CUDA and cannot load its decoder of pictures beside a CPU
torch: then Pillow decodes, which gives the same pixels, as the pictures are PNG. Run by the peer's own environment.

    python serve_transformers.py serve MODEL --port 8000 ...
"""

import io

import numpy as np
import torch
import torchvision.io
from PIL import Image, ImageOps
from transformers.cli.transformers import main


def decode_image(data: torch.Tensor, mode: object = None, apply_exif_orientation: bool = True) -> torch.Tensor:
    """uint8 [3, H, W] of an encoded picture, uint8 [num_bytes]."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data.numpy().tobytes())))
    return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)


def can_decode() -> bool:
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    try:
        torchvision.io.decode_image(torch.frombuffer(bytearray(file.getvalue()), dtype=torch.uint8))
    except RuntimeError:
        return False
    return True


if __name__ == "__main__":
    if not can_decode():
        torchvision.io.decode_image = decode_image
    main()
