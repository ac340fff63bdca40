"""Records as files: CSV and JSONL, streamed, and each export itself recorded."""

from audit.exports.stream import Export, Form, Order, TooManyExports

__all__ = ["Export", "Form", "Order", "TooManyExports"]
