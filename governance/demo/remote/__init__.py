"""The demo remote: a small real HTTP server that imitates the remote systems.

It imitates systems of others, so it knows nothing of ours and imports nothing of it.
Everything is in memory.  ``GET /_received`` counts, ``POST /_behave`` misbehaves.
"""
