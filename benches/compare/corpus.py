"""Articles to measure on: the same for the same arguments."""
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

import pictures

HERE = pathlib.Path(__file__).resolve().parent


class Articles:
    """A folder of markdown files, in order by name."""

    def __init__(self, folder, files, served):
        self.folder = folder
        self.files = files
        # Whether pictures come from a server.
        self.served = served


@contextlib.contextmanager
def make(folder, root, count, article, images, python):
    """Writes the articles, and serves their pictures as long as they are needed. Pictures are kept beside the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        base = ""
        if images != "none":
            kept = folder.parent / "pictures"
            subprocess.run([python, HERE / "pictures.py", kept, str(count)], check=True)
            (folder / "pictures").mkdir()
            for name in (name for number in range(1, count + 1) for name in pictures.names(number)):
                # The same file, so that it stands in the folder of the articles and takes no room.
                (folder / "pictures" / name).hardlink_to(kept / name)
            base = "pictures"
        if images == "served":
            base = stack.enter_context(server(kept))
        texts = copies(article, count) if article else prose(root, count)
        files = []
        for number, (title, body) in enumerate(texts, 1):
            file = folder / f"{number:05}.md"
            file.write_text(f"# {title}\n\n{illustrated(body, base, number)}\n", encoding="utf-8")
            files.append(file)
        yield Articles(folder, files, images == "served")


def copies(article, count):
    """One article again and again, without its pictures, each time under a title of its own."""
    lines = article.read_text(encoding="utf-8").split("\n")
    heading = next(index for index, line in enumerate(lines) if line.startswith("# "))
    title = lines[heading][2:].strip()
    body = "\n".join(line for line in lines[heading + 1:] if not re.match(r"封面|!\[", line))
    for number in range(1, count + 1):
        yield f"第{number}篇 {title}", body


def prose(root, count):
    """Articles of about ten pages, of the example's paragraphs; each begins elsewhere and shares them out anew."""
    sys.path.insert(0, str(root / "tests/tools"))
    from prose import paragraphs

    found = [p for path in sorted((root / "examples/anthology").glob("*.md")) for p in paragraphs(path)]
    for number in range(1, count + 1):
        start = number * 7 % len(found)
        turned = (found[start:] + found[:start])[:60]
        parts = [p + ("\n" if (index + number) % 3 else "\n\n") for index, p in enumerate(turned)]
        yield f"第 {number} 卷", "".join(parts)


def illustrated(body, base, number):
    """The text with its pictures between the paragraphs."""
    if not base:
        return body
    blocks = body.split("\n\n")
    names = pictures.names(number)
    for index, name in enumerate(names, 1):
        blocks.insert(index * (len(blocks) + 1) // (len(names) + 1), f"![图 {index}]({base}/{name})")
    return "\n\n".join(blocks)


@contextlib.contextmanager
def server(folder):
    """The address of a server of the pictures, on the loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, HERE / "serve.py", str(folder), str(port)])
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
