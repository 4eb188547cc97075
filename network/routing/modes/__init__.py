"""Transit with a bicycle or a car at its ends, car-pools, and the ways without transit."""
