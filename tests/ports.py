"""Ports for what has to be told one before it listens."""

import random
from typing import Final

from governance.embedded.errors import CannotStart
from governance.embedded.ports import claim_port

# Below those that a kernel gives to whoever connects: nobody gets one meanwhile.  The
# seed of a run must not decide either, or two runs at once would take the same.
_BELOW_THE_KERNELS: Final = range(20_000, 32_000)
_CHANCE: Final = random.SystemRandom()


def a_port() -> int:
    """Return a port of the loopback that is free, and so is the one after it."""
    while True:
        port = _CHANCE.choice(_BELOW_THE_KERNELS)
        try:
            claim_port(port + 1)
            return claim_port(port)
        except CannotStart:
            continue
