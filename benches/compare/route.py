"""One run of a peer, in this process and those that it waits for.

usage: route.py STEP WORK FONTS OUTPUT ARTICLES
"""
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# Line ends between Han characters are no spaces; notes of different files do not meet.
READ = ["-f", "markdown+east_asian_line_breaks", "--file-scope"]


def pandoc(work, articles, *options):
    """Runs pandoc on all articles. Pictures from a server are fetched."""
    import pypandoc

    work.mkdir(parents=True, exist_ok=True)
    files = sorted(articles.glob("*.md"))
    command = [pypandoc.get_pandoc_path(), *READ, *options, "--resource-path", articles, *files]
    subprocess.run(command, check=True, cwd=work)


def to_typst(work, fonts, articles):
    """The articles as Typst: a template, and the text."""
    shutil.rmtree(work, ignore_errors=True)
    pandoc(work, articles, "-t", "typst", "-o", work / "text.typ", "--extract-media", "media")
    shutil.copy(HERE / "template.typ", work / "book.typ")


def typst(work, fonts, output):
    """A PDF by Typst, with the faces of wenji and no others."""
    import typst as compiler

    compiler.compile(work / "book.typ", output=output, root=work, font_paths=[fonts], ignore_system_fonts=True)


def weasyprint(work, fonts, articles, output):
    """A PDF by WeasyPrint."""
    import weasyprint as compiler

    shutil.rmtree(work, ignore_errors=True)
    style = (HERE / "template.css").read_text(encoding="utf-8").replace("FONTS", fonts.as_uri())
    pandoc(work, articles, "-s", "-t", "html5", "--toc", "--toc-depth=1", "-o", work / "book.html",
           "--metadata", "title=文集", "--metadata", "lang=zh-CN", "--extract-media", "media", "--variable", "document-css=false")
    html = compiler.HTML(filename=work / "book.html", base_url=f"{work.as_uri()}/")
    html.write_pdf(output, stylesheets=[compiler.CSS(string=style)])


def main():
    step, work, fonts, output, articles = sys.argv[1], *map(pathlib.Path, sys.argv[2:6])
    work = work / step.replace("pandoc-typst", "both").replace("pandoc", "typst") if step != "pandoc-epub" else work / step
    if step in ("pandoc", "pandoc-typst"):
        to_typst(work, fonts, articles)
    if step in ("typst", "pandoc-typst"):
        typst(work, fonts, output)
    if step == "weasyprint":
        weasyprint(work, fonts, articles, output)
    if step == "pandoc-epub":
        pandoc(work, articles, "-t", "epub3", "--toc", "-o", output, "--metadata", "title=文集", "--metadata", "lang=zh-CN")


main()
