"""Make the pictures of the corpus, the same each time: hills under a sky, with a little grain as photographs have.

usage: pictures.py FOLDER NAME...
"""
import math
import pathlib
import random
import sys

from PIL import Image

SIZE = (1000, 640)


def hills(seed):
    """A landscape of a few ridges."""
    grain = random.Random(seed)
    width, height = SIZE
    ridges = [[height * (0.45 + 0.14 * layer + 0.08 * math.sin(x / (90 + 40 * layer) + seed + layer))
               for x in range(width)] for layer in range(4)]
    pixels = bytearray()
    for y in range(height):
        for x in range(width):
            layer = sum(y > ridge[x] for ridge in ridges)
            base = (214 - 44 * layer, 222 - 36 * layer, 232 - 48 * layer)
            noise = grain.randrange(-6, 7)
            pixels += bytes(max(0, min(255, part - y // 12 + noise)) for part in base)
    return Image.frombytes("RGB", SIZE, bytes(pixels))


def drawing():
    """The same as a drawing."""
    ridges = "".join(
        f'<path d="M0 {300 + 70 * n} Q250 {180 + 80 * n} 500 {310 + 70 * n} T1000 {290 + 70 * n} V640 H0Z" '
        f'fill="#{"8899aa 667788 445566".split()[n]}"/>' for n in range(3))
    return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 640" width="1000" height="640">'
            f'<rect width="1000" height="640" fill="#dde3ea"/>{ridges}</svg>\n')


folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True)
for seed, name in enumerate(sys.argv[2:]):
    if name.endswith(".svg"):
        (folder / name).write_text(drawing(), encoding="utf-8")
    elif name.endswith(".gif"):
        hills(seed).quantize(64).save(folder / name)
    else:
        hills(seed).save(folder / name, quality=85)
