"""Panels: widgets that show a conversation and act on it, each a class here and a page in ``js/``.

A panel gets a session and callables, and never opens a store; `workbench.panels` puts them
together. What a page and its kernel say to each other is in `workbench.widgets.panel`.
"""
