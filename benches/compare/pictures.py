"""Make the pictures of the corpus, six an article and each unlike all others, the same each time.

usage: pictures.py FOLDER ARTICLES

Those that are there already are kept. `NAMES` says which six an article has: a photograph as a camera's JPEG, one as a
progressive JPEG, a screenshot as PNG, a photograph as lossy WebP, a screenshot as lossless WebP, a photograph as GIF.
"""
import multiprocessing
import pathlib
import random
import sys

NAMES = ["1.jpg", "2.jpg", "3.png", "4.webp", "5.webp", "6.gif"]


def names(article):
    """The files of an article's pictures."""
    return [f"{article:05}-{name}" for name in NAMES]


def noise(rng, width, height, cell):
    """Clouds whose spots are so many pixels wide."""
    size = (width // cell + 2, height // cell + 2)
    return Image.frombytes("L", size, rng.randbytes(size[0] * size[1])).resize((width, height), Image.Resampling.BICUBIC)


def photograph(seed, width, height):
    """Shapes of all sizes over each other, as nature has them, with things before them and a little grain."""
    rng = random.Random(seed)
    planes = []
    shapes = Image.new("L", (width, height), 128)
    for cell in (400, 160, 64, 26, 10):
        shapes = Image.blend(shapes, noise(rng, width, height, cell), 0.38)
    for _ in range(3):
        # The colours of a place are near each other.
        plane = Image.blend(shapes, noise(rng, width, height, 220), 0.4)
        planes.append(ImageEnhance.Contrast(plane).enhance(2.2))
    picture = Image.merge("RGB", planes)
    draw = ImageDraw.Draw(picture)
    for _ in range(18):
        x, y, r = rng.randrange(width), rng.randrange(height), rng.randrange(12, height // 4)
        color = tuple(rng.randrange(20, 235) for _ in range(3))
        draw.ellipse((x - r, y - r // 2, x + r, y + r // 2), fill=color)
    picture = Image.blend(picture, Image.merge("RGB", planes), 0.35)
    grain = noise(rng, width, height, 2)
    return Image.blend(picture, Image.merge("RGB", [grain] * 3), 0.06)


def screenshot(seed, width, height):
    """A window with lines of what looks like text, and a photograph in it."""
    rng = random.Random(seed)
    picture = Image.new("RGB", (width, height), (250, 250, 252))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, width, 48), fill=(36, 41, 46))
    draw.rectangle((0, 48, 180, height), fill=(240, 243, 246))
    inks = [(30, 30, 30), (3, 102, 214), (90, 96, 105)]
    for y in range(64, height - 30, 34):
        ink = rng.choice(inks)
        for x in range(210, 210 + rng.randrange(200, width - 240), 24):
            # Strokes stand for characters.
            for _ in range(7):
                a, b = (x + rng.randrange(20), y + rng.randrange(20)), (x + rng.randrange(20), y + rng.randrange(20))
                draw.line((*a, *b), fill=ink, width=2)
    picture.paste(photograph(seed + 1_000_000, 240, 160), (width - 270, 80))
    # Edges are smoothed, as those of letters are.
    return picture.resize((width, height), Image.Resampling.BICUBIC, box=(0.4, 0.4, width - 0.4, height - 0.4))


def draw_all(task):
    """The six pictures of an article."""
    folder, article = task
    for kind, name in enumerate(names(article), 1):
        file = folder / name
        if file.exists():
            continue
        seed = article * 10 + kind
        started = file.with_name(f"started-{name}")
        if kind == 1:
            photograph(seed, 1080, 720).save(started, quality=85)
        elif kind == 2:
            photograph(seed, 1600, 1067).save(started, quality=78, progressive=True)
        elif kind == 3:
            screenshot(seed, 1120, 680).save(started)
        elif kind == 4:
            photograph(seed, 1080, 720).save(started, quality=80, method=2)
        elif kind == 5:
            screenshot(seed, 1000, 640).save(started, lossless=True, method=1, quality=30)
        else:
            photograph(seed, 640, 427).quantize(256).save(started)
        # Whole or not there: a run that was ended leaves no half of a picture.
        started.rename(file)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool() as pool:
        pool.map(draw_all, [(folder, article) for article in range(1, int(sys.argv[2]) + 1)], chunksize=1)


if __name__ == "__main__":
    # The corpus asks only for names, with a Python that may not have Pillow.
    from PIL import Image, ImageDraw, ImageEnhance

    main()
