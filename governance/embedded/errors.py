"""The failure of everything here: one sentence for the person at the keyboard."""


class CannotStart(Exception):
    """Something is missing or taken; the message says what and what to do."""
