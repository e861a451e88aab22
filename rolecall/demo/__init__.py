"""The demo: Rolecall's whole job, step by step on local emulators. A test runs it too."""
