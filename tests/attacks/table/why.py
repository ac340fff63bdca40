"""Why an attack is no row of the table: no request to call a tool brings it."""

from typing import Final

PAGES: Final = "It comes by a page of people, or by a vote."
SAVING: Final = "It comes by what an admin saves."
ROWS: Final = "It comes by the database, and meets a worker or an auditor."
WORKER: Final = "It comes by the queue, to a worker."
KILLED: Final = "It comes by ending a process below the doors."
RACE: Final = "It races on the road itself, below the doors; its rows wait for nobody."
PATHS: Final = "It comes by addresses that only REST has."
HEADERS: Final = "It comes by headers that only MCP has: the file asks each revision."
TASKS: Final = "It comes by tasks, which only the newest revision has."
MESSAGES: Final = "It comes by members of JSON-RPC: the file asks each revision."
CODE: Final = "It reads the source."
SOCKETS: Final = "It comes by names and addresses, below the doors."
LOOKS: Final = "It looks at the rows that another attack of its file leaves."
NO_ATTACK: Final = "It shows what still works."
