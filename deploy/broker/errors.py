class BrokerError(RuntimeError):
    """The local broker could not be fetched or started; the message is one sentence for a person."""
