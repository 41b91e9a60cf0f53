"""What was deleted is gone, and nothing brings it back."""
