"""Where security admins work.

base.py      what a person may see and do, by her memberships
lanes.py     a form for each kind of credential lane, and its test
buttons.py   a question, and what happens on yes
trying.py    what example arguments would do; nothing is sent
"""

from governance.admin import agents, backends, imports, keys, lanes, people, routes

__all__ = ["agents", "backends", "imports", "keys", "lanes", "people", "routes"]
