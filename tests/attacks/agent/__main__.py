"""An agent's calls in a process of its own, started by ``tests.attacks.processes``."""

import django

django.setup()

from tests.attacks.agent.calls import main  # noqa: E402 - models need Django set up

main()
