"""What runs in orchestrators' workers: a job is started once, as its own principal, and followed to its end."""
