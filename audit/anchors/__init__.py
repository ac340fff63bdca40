"""Where checkpoints go so that whoever rewrites the database is contradicted.

An anchor is a module with ``is_on()`` and ``put(Sending)``, which raises AnchorFailed.
To add one, write it and name it in ``ANCHORS``.
"""

from audit.anchors.failures import AnchorFailed

__all__ = ["AnchorFailed"]
