"""The producers of books. To add one, write a class and name it in ALL.

A producer says how it is run on a corpus; what it needs before that, and what is not to be measured, is done by
`prepare`. `Kit` tells where things are.
"""
import dataclasses
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


ALL = [WenjiPdf(), Typst(), PandocTypst(), PandocWeasyPrint(), WenjiEpub(), Pandoc()]
