"""What commands do and show; the command line itself is only arguments."""
