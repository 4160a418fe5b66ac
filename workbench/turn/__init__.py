"""Turns: from one user input to the final output, through the SDK's own Runner.

`Turn` is what a turn was; `take_turn` takes one; `TurnScope` is what binds a run of the SDK to one:
it sees what the run adds to the session, records the turn, and puts the history back when the run
fails. ``import workbench.turn`` loads nothing of the SDK.
"""

from workbench.turn.record import Turn
from workbench.turn.scope import TurnScope
from workbench.turn.take import take_turn

__all__ = ["Turn", "TurnScope", "take_turn"]
