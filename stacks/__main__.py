"""The Pulumi program: declare what this stack holds of the contract."""

from rolecall.deploy.stack_program import declare_stack

declare_stack()
