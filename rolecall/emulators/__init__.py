"""Local servers that answer as the real systems do: the default for newcomers and the bench for tests.

They know nothing of the contract or of Rolecall's clients, so that one misunderstanding cannot pass on both sides.
"""
