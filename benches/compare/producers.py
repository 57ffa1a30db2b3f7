"""The producers of books. To add one, write a class and name it in ALL.

A producer says how it is run on a corpus; what it needs before that, and what is not to be measured, is done by
`prepare`. `Kit` tells where things are.
"""
import dataclasses
import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass
class Kit:
    """Where things are: the program measured, the Python of the peers, the faces, a folder to work in."""

    wenji: pathlib.Path
    python: pathlib.Path
    fonts: pathlib.Path
    work: pathlib.Path


class Producer:
    """Something that makes a book of markdown."""

    name = ""
    format = ""

    def is_there(self, kit):
        """Whether it can be run; what is installed by `peers` always can."""
        return True

    def prepare(self, articles, kit):
        """Does what is not measured."""

    def command(self, articles, output, kit):
        """The command to run, as one process with all that it starts."""
        raise NotImplementedError


class Wenji(Producer):
    """wenji, with an empty cache each time."""

    name = "wenji"

    def command(self, articles, output, kit):
        cache = kit.work / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        network = ["--allow-private-hosts"] if articles.served else ["--offline"]
        return [kit.wenji, "build", "-q", "--cache", cache, *network, articles.folder, "-o", output]


class WenjiPdf(Wenji):
    format = "pdf"


class WenjiEpub(Wenji):
    format = "epub"


class Step(Producer):
    """A peer that is a step of route.py, run by the Python of the peers."""

    step = ""

    def command(self, articles, output, kit):
        return [kit.python, HERE / "route.py", self.step, kit.work / "route", kit.fonts, output, articles.folder]


class PandocTypst(Step):
    """pandoc makes Typst of the articles, Typst a PDF."""

    name = "pandoc + Typst"
    format = "pdf"
    step = "pandoc-typst"


class Typst(Step):
    """Typst alone: what pandoc made of the articles is at hand, and not measured."""

    name = "Typst"
    format = "pdf"
    step = "typst"

    def prepare(self, articles, kit):
        subprocess.run(
            [kit.python, HERE / "route.py", "pandoc", kit.work / "route", kit.fonts, "-", articles.folder], check=True)


class PandocWeasyPrint(Step):
    """pandoc makes HTML of the articles, WeasyPrint a PDF."""

    name = "pandoc + WeasyPrint"
    format = "pdf"
    step = "weasyprint"


class Pandoc(Step):
    """pandoc writes an EPUB."""

    name = "pandoc"
    format = "epub"
    step = "pandoc-epub"


class Crate(Producer):
    """A peer that cargo installs, measured where its program is on PATH or in target/compare/bin:
    `cargo install --locked --root target/compare NAME`. Compiling one takes minutes, so it is not done here."""

    format = "epub"

    def program(self, kit):
        return shutil.which(self.name, path=f"{kit.work / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def is_there(self, kit):
        return self.program(kit) is not None


class Crowbook(Crate):
    """crowbook, by a book file that names the articles."""

    name = "crowbook"

    def prepare(self, articles, kit):
        lines = ["title: Articles", "author: Nobody", "lang: zh", ""] + [f"+ {file.name}" for file in articles.files]
        (articles.folder / "articles.book").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def command(self, articles, output, kit):
        return [self.program(kit), "--no-fancy", "--quiet", "--to", "epub", "--output", output,
                articles.folder / "articles.book"]


class MdbookEpub(Crate):
    """mdbook-epub, on a book whose sources are the articles. It names its output by the title."""

    name = "mdbook-epub"

    def prepare(self, articles, kit):
        self.book = kit.work / "mdbook"
        shutil.rmtree(self.book, ignore_errors=True)
        self.book.mkdir()
        (self.book / "src").symlink_to(articles.folder)
        summary = [f"- [{number}]({file.name})" for number, file in enumerate(articles.files, 1)]
        (articles.folder / "SUMMARY.md").write_text("\n".join(["# Summary", "", *summary]) + "\n", encoding="utf-8")
        (self.book / "book.toml").write_text('[book]\ntitle = "Articles"\n\n[output.epub]\n', encoding="utf-8")

    def command(self, articles, output, kit):
        made = self.book / "book" / "Articles.epub"
        return ["sh", "-c", '"$1" --standalone "$2" && mv "$3" "$4"', "sh", self.program(kit), self.book, made, output]


ALL = [WenjiPdf(), Typst(), PandocTypst(), PandocWeasyPrint(), WenjiEpub(), Pandoc(), Crowbook(), MdbookEpub()]
