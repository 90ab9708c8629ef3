"""Errors of demo, benchmarks and the tools of the tests; each message is one sentence for a person."""


class ToolingError(RuntimeError):
    """A step outside Linewatch itself failed."""


class BrokerError(ToolingError):
    """The local broker could not be fetched or started."""


class DemoError(ToolingError):
    """A step of the demo, or of a benchmark that runs like it, failed."""


class ContainerError(ToolingError):
    """A container image could not be built or run."""


class ToolError(ToolingError):
    """A program that the tests use could not be fetched."""
