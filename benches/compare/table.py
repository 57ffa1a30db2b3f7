"""The result as a table of markdown."""
import subprocess

HEAD = ["", "s (least, median)", "processor s", "peak MB", "pages", "file MB", "ms a page", "KB a page",
        "time / wenji", "memory / wenji"]


def of(rows, python):
    """A row a producer; ratios to the first, which is wenji where it runs."""
    first = next((row for row in rows if row.producer.name == "wenji" and not row.failure), None)
    lines = [HEAD, ["---"] + ["---:"] * (len(HEAD) - 1)]
    lines += [cells(row, first, python) for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(row, first, python):
    name = row.producer.name
    if row.failure:
        return [name, row.failure] + [""] * (len(HEAD) - 2)
    seconds, peak = row.least("seconds"), row.median("peak")
    pages = count_pages(row.output, python) if row.producer.format == "pdf" else 0
    each = [f"{seconds * 1000 / pages:.2f}", f"{peak / 1024 / pages:.0f}"] if pages else ["", ""]
    ratios = [f"{seconds / first.least('seconds'):.2f}", f"{peak / first.median('peak'):.2f}"] if first else ["", ""]
    return [
        name,
        f"{seconds:.2f}, {row.median('seconds'):.2f}",
        f"{row.least('processor'):.2f}",
        f"{peak / 1e6:.0f}",
        str(pages or ""),
        f"{row.output.stat().st_size / 1e6:.2f}",
        *each,
        *ratios,
    ]


def count_pages(file, python):
    """Counted in another process: what this one holds in memory is the least that a measured one is told to have."""
    script = "import sys, pypdf; print(len(pypdf.PdfReader(sys.argv[1]).pages))"
    return int(subprocess.run([python, "-c", script, file], check=True, capture_output=True, text=True).stdout)
