"""Slack: what a message and a modal look like, and how they are sent.

api.py        one call of Slack's Web API, through the egress guard
fit.py        PURE  whether a whole request fits, so that a yes to it is no blind one
parts.py      the pieces of a message; values are inert in all of them
messages.py   what a channel reads
modals.py     what a person is asked
"""
