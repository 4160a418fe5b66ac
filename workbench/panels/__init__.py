"""The panels of the face, put together: a widget, a session, and what may be done to it."""
