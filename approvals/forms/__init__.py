"""The forms of the channels' settings."""
