#!/usr/bin/env python3
"""Make a book of plain Chinese prose out of the example's articles, to measure typesetting on.

usage: prose.py FROM TO [COPIES]

Only paragraphs are kept: what the measuring tool cannot tell from running text (lists, definitions, code, tables,
quotations) would be noise. The paragraphs are shared out anew in each copy, so that lines break at other places.
"""
import pathlib
import re
import sys


def paragraphs(path):
    body = path.read_text(encoding="utf-8").split("\n\n")
    for block in body:
        if re.match(r"(#|[-*+>|:!`$~\[<]|\d+[.)]|作者|文章作者|封面|原文|\s{4})", block) or "\n: " in block:
            continue
        han = len(re.findall(r"[\u4e00-\u9fff]", block))
        if han > 40 and han * 2 > len(block) and "\n    " not in block and "  \n" not in block and "[^" not in block:
            yield block.strip()


def main():
    source, target = map(pathlib.Path, sys.argv[1:3])
    copies = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    prose = [p for path in sorted(source.glob("*.md")) for p in paragraphs(path)]
    target.mkdir(parents=True, exist_ok=True)
    for copy in range(copies):
        # Each copy begins elsewhere and joins two paragraphs in every three.
        turned = prose[copy * 7 % len(prose):] + prose[:copy * 7 % len(prose)]
        text = "".join(p + ("\n" if (i + copy) % 3 else "\n\n") for i, p in enumerate(turned))
        (target / f"{copy + 1:02}.md").write_text(f"# 第 {copy + 1} 卷\n\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
