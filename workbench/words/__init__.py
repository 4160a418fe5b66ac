"""Words of texts: what they are in any script, how they are asked for, found, weighed and shown.

Pure functions of text. An index and a scan use the same ones, so that both find the same.
"""

from __future__ import annotations

from workbench.words.folding import words
from workbench.words.phrases import Phrase, counts, phrases_of
from workbench.words.ranking import Ranking, score
from workbench.words.snippets import MARK, snippet

__all__ = ["MARK", "Phrase", "Ranking", "counts", "phrases_of", "score", "snippet", "words"]
