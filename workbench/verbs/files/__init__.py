"""Conversations as files: written by ``wb.export``, read by ``wb.load``, a format a file."""
