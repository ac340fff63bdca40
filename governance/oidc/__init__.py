"""Sign-in by an OpenID provider; allauth carries the state, the checks are ours.

configuration.py         the file of providers, read strictly
tokens.py          PURE  what an ID token must hold before anybody is believed
asking.py                every question to a provider, through the egress guard
protocol.py              allauth's classes, with what they leave out
arriving.py              who comes back from a provider, and what that is good for
adapter.py               allauth's hooks
views.py                 the pages
"""
