"""From one place or many to all that can be reached: matrices, isochrones, what lies within."""
