"""Says how much of each package the tests ran, and closes with what passed.

    python .ci/report.py COVERAGE.json STEPS_THAT_FAILED TESTS.txt ...

Ends with status 1 if a package is below the mark, or anything failed.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGES = ("governance", "approvals", "proxy", "audit")
NEEDED_PERCENT = 95
COUNTED = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def main(coverage_file: str, failed_steps: str, *tests_files: str) -> int:
    """Print both; the counts come last, and steps that failed count as well."""
    measured = Path(coverage_file)  # not there if the tests were cut short
    files = json.loads(measured.read_text())["files"] if measured.exists() else {}
    too_low = [package for package in PACKAGES if not is_enough(package, files)]
    counts: Counter[str] = Counter()
    for tests_file in tests_files:
        counts += counted(Path(tests_file).read_text())
    failed = counts["failed"] + counts["error"] + counts["errors"]
    failed = max(failed, int(failed_steps)) + len(too_low)
    for package in too_low:
        print(f"{package} is below {NEEDED_PERCENT} %.")
    print(f"{counts['passed']} passed, {failed} failed")
    return 1 if failed or not counts["passed"] else 0


def is_enough(package: str, files: Mapping[str, Any]) -> bool:
    """Print one package's coverage; whether its statements are covered enough."""
    sums: Counter[str] = Counter()
    for name, file in files.items():
        if name.startswith(f"{package}/"):
            sums.update(file["summary"])
    statements = share(sums["covered_lines"], sums["num_statements"])
    branches = share(sums["covered_branches"], sums["num_branches"])
    print(
        f"{package:<11} {statements:5.1f} % of statements, {branches:.1f} % of branches"
    )
    return statements >= NEEDED_PERCENT


def share(part: int, whole: int) -> float:
    """Return a percentage; of nothing, nothing was run."""
    return 100 * part / whole if whole else 0.0


def counted(output: str) -> Counter[str]:
    """Read the counts of pytest's last line."""
    lines = [line for line in output.splitlines() if COUNTED.search(line)]
    found = COUNTED.findall(lines[-1]) if lines else []
    return Counter({word: int(number) for number, word in found})


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
