"""Programs of the release."""
