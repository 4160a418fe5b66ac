"""Sessions: conversations with the SDK's session protocol, usable in any program.

::

    from workbench.sessions import SQLiteSession
    await Runner.run(agent, "Hello!", session=SQLiteSession("conversation_123"))
"""

from workbench.sessions.memory import MemorySession
from workbench.sessions.sqlite import SQLiteSession
from workbench.sessions.stored import StoredSession

__all__ = ["MemorySession", "SQLiteSession", "StoredSession"]
