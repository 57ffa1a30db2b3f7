"""The peers, in an environment of their own."""
import subprocess
import sys
import venv

# With the versions that docs/speed.md tells of. pypdf counts pages, Pillow makes the pictures of the corpus.
PACKAGES = ["typst==0.15.2", "pypandoc_binary==1.17", "weasyprint==70.0", "pypdf>=5", "pillow>=11"]


def python(folder):
    """The Python that has them all; they are installed where it is missing, or lacks one of them."""
    program = folder / "bin" / "python"
    check = "import typst, pypandoc, weasyprint, pypdf, PIL"
    if program.exists() and subprocess.run([program, "-c", check], capture_output=True).returncode == 0:
        return program
    print(f"installing {', '.join(PACKAGES)} into {folder}", file=sys.stderr)
    venv.create(folder, with_pip=True)
    subprocess.run([program, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return program
