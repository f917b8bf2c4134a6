"""Room shells and furniture."""
