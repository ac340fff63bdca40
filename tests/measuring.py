"""Coverage goes into the processes that tests start, where it is measured at all."""

import os


def measured() -> dict[str, str]:
    """Return what coverage needs to measure a process with an environment of its own.

    One that is killed with -9 writes nothing down; one that is asked to stop does.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("COVERAGE_")
    }
