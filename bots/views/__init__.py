"""Pages, one module per page, thin."""
