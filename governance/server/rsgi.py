"""What we use of granian's RSGI, by the names that its types have."""

from granian._granian import RSGIHTTPProtocol as Protocol
from granian._granian import RSGIProtocolClosed as ProtocolClosed
from granian._granian import RSGIProtocolError as ProtocolError
from granian.rsgi import Scope

__all__ = ["Protocol", "ProtocolClosed", "ProtocolError", "Scope"]
