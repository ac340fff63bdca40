"""Slack: who installed it where, who is whom there, and what people press.

workspaces   a tenant's workspace, its secrets, the channels of its groups
installing   setting the app up for a tenant, or naming another workspace
links        a Slack user that a signed-in person has shown to be hers
accounts     who a Slack user is to us
copies       questions put to channels, kept up to date wherever a decision is made
sending      what a delivery says there
arrivals     a request in Slack's name: believed once, or turned away
presses      buttons and modals; they decide nothing that the vote service does not
"""
