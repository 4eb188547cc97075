"""Is a problem well formed, is a plan what it says: by plain counting, apart from the models."""
