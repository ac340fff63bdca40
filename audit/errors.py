"""What can go wrong while evidence is written."""


class RecordUnavailable(Exception):
    """The record could not be written, so what it records must not happen.

    Every door answers ``audit_unavailable`` (503) to it.
    """


class HoldRefused(ValueError):
    """What somebody wants held is no search, or has no reason; the text says which."""


class OutsideTransaction(RuntimeError):
    """``record`` was called without the transaction that does the thing."""
