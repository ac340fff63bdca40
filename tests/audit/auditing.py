"""An auditor with a folder of files and the verifier, and nothing else."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit import verify
from audit.exports.bundle import Bundle, write_bundle
from audit.exports.formats import csv_header, csv_lines
from audit.filters import Filters
from audit.models import Record
from audit.rows import read_with_salts
from tests.audit.evidence import NOW


@dataclass(frozen=True, slots=True)
class Said:
    """What the verifier printed, and how it ended."""

    code: int
    report: dict[str, Any]
    errors: str

    def indexes(self) -> set[int]:
        """Return the indexes that it names, whatever it says of them."""
        found = self.report["findings"]
        return {f["index"] for f in found if f["kind"] != "noted"}


def exported(folder: Path, filters: Filters | None = None, **more: Any) -> Path:
    bundle = Bundle(filters or Filters(), **more)
    write_bundle(folder, bundle, now=NOW, progress=lambda _done, _total: None)
    return folder


def with_csv(folder: Path) -> Path:
    """Put the same records beside it as CSV."""
    rows = read_with_salts(Record.objects.filter(sealed__isnull=False).order_by("pk"))
    rows.sort(key=lambda row: row["index"])
    data = csv_header() + csv_lines(rows, personal=True)
    (folder / "records.csv").write_bytes(data)
    return folder


def verified(folder: Path, *more: str, export: str = "records.jsonl") -> Said:
    """Run the verifier on a folder as its README says."""
    files = ["--key", str(folder / "vkey.txt")]
    files += ["--checkpoint", str(folder / "checkpoint")]
    if (folder / "hashes.bin").exists() and "--proofs" not in more:
        files += ["--hashes", str(folder / "hashes.bin")]
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = verify.main([str(folder / export), *files, "--json", *more])
    told = json.loads(out.getvalue()) if out.getvalue() else {}
    return Said(code, told, errors.getvalue())
