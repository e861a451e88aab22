"""The Pulumi engine as Rolecall's commands use it: its environment, its runs, and what it tells about them."""
