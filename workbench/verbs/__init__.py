"""What one does with conversations: the functions of the notebook's face, plain calls."""
