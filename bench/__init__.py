"""The benchmark: ``./dev bench``.  What it measures and why is in ``bench/RESULTS.md``."""
