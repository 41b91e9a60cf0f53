"""Orders, from the row to the status that confirms them."""
