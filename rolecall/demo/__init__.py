"""The demo: Rolecall's whole job, told step by step on local emulators. A test runs it too."""
