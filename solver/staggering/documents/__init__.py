"""Problems, plans and robust results as JSON values or named arrays, and back."""
