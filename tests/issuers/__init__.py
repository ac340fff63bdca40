"""Real issuers of credentials on the loopback, each with a lane that asks it.

borrowing.py   claims, calls and lanes by hand, for leases without a database
github.py      the demo remote's GitHub, which enforces what it lends
sts.py         moto's server behind a recording forwarder
oauth.py       an authorization server built on authlib
"""
