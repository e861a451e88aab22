"""The access report: one HTML page that needs nothing else, as evidence of who has access to what, and how."""
