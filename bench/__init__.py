"""The benchmark, ``./dev bench``; its figures are in ``bench/RESULTS.md``."""
