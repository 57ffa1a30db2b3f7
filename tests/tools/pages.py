#!/usr/bin/env python3
"""Draws the pages that README shows: docs/pages/{front,text,styles}.png.

Usage: pages.py WENJI        (WENJI is the built program; needs PyMuPDF and Pillow)

Pages of the example are chosen by words that stand on them, so that the sheets follow the layout.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import pymupdf
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
GAP, GREY = 6, (150, 150, 150)

FRONT = ["COVER", "目 录", "PART 纸与屏", "原文：example.org"]
TEXT = ["铅字的算术", "writing-mode", "RSS 2.0", "held.etag"]
STYLES = [
    (["--style", "classic"], FRONT + ["竹片决定的事 一根简", "为什么雕版赢了", "对比度的账", "文章来源"]),
    (["--style", "modern"], ["八篇关于书、纸", "目 录", "PART 路与灶", "原文：example.org", "竹片决定的事 一根简", "说明 一般", "对比度的账", "文章来源"]),
    (
        ["--style", "classic", "--profile", "print"],
        ["PART 路与灶", "原文：https", "竹片决定的事 一根简", "七十二减去七十一", "Pick a reader", "设备年代", "扫码阅读原文", "文章来源"],
    ),
    (["--style", "eink", "--paper", "6in"], ["目 录", "PART 纸与屏", "原文：example.org", "我们读书的时候", "竹片决定的事 一根简", "为什么雕版赢了", "import numpy", "文章来源"]),
]


def squeezed(text):
    return "".join(text.split())


def find(document, wanted):
    """The first page that has these words; contents pages count only where the contents are wanted."""
    if wanted == "COVER":
        return document[0]
    alone = wanted.startswith("PART ")
    words = squeezed(wanted.removeprefix("PART "))
    for page in document:
        said = squeezed(page.get_text())
        if alone and said == words:
            return page
        in_contents = "·····" in said and "目录" not in words
        if not alone and not in_contents and page.number > 0 and words in said:
            return page
    raise SystemExit(f"no page has {wanted!r}")


def draw(document, wanted, size):
    page = find(document, wanted)
    pixels = page.get_pixmap(matrix=pymupdf.Matrix(*(2 * size[0] / page.rect.width,) * 2))
    picture = Image.frombytes("RGB", (pixels.width, pixels.height), pixels.samples)
    sheet = Image.new("RGB", size, "white")
    picture = picture.resize((size[0], round(size[0] * picture.height / picture.width)), Image.LANCZOS)
    sheet.paste(picture.crop((0, 0, size[0], min(size[1], picture.height))))
    return sheet


def write(name, rows, size):
    width = (size[0] + GAP) * max(map(len, rows)) + GAP
    out = Image.new("RGB", (width, (size[1] + GAP) * len(rows) + GAP), GREY)
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            out.paste(picture, (GAP + x * (size[0] + GAP), GAP + y * (size[1] + GAP)))
    out.quantize(256).save(ROOT / "docs/pages" / name, optimize=True)


def main():
    wenji = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:

        def build(arguments):
            path = Path(folder) / "book.pdf"
            command = [wenji, "build", "-q", ROOT / "examples/anthology", *arguments, "-o", path]
            subprocess.run(command, check=True, cwd=folder)
            return pymupdf.open(stream=path.read_bytes())

        book = build([])
        for name, pages in (("front.png", FRONT), ("text.png", TEXT)):
            write(name, [[draw(book, wanted, (425, 603)) for wanted in pages]], (425, 603))
        rows = [[draw(document, wanted, (245, 348)) for wanted in pages] for document, pages in ((build(a), p) for a, p in STYLES)]
        write("styles.png", rows, (245, 348))


main()
