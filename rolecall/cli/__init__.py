"""The command line: one file a command, arguments plus one call."""
