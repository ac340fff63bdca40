"""The story that ``./dev tour`` plays against a running ``./dev up``.

It is a client like any other: it calls the agents' door with the demo's keys, signs in
and approves by the pages' own forms, and asks the demo remote what really reached it.
"""
