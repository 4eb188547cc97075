"""Plans for when not everybody follows: scenarios, models and moves over all of them."""
