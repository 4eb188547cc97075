"""What a plan costs: the crowding curve, its tangents, and what of a problem can matter."""
