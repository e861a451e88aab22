"""Pulumi's Python language host: the plugin through which the engine runs Python programs, policy packs and providers.

It is used where the official one cannot be downloaded. It speaks the `pulumirpc.LanguageRuntime` protocol with the
stubs of the Pulumi SDK: https://github.com/pulumi/pulumi/blob/master/proto/pulumi/language.proto
"""
