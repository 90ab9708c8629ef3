"""Errors that users can correct."""


class TrainingError(ValueError):
    """Something the user can correct; the message is one sentence: expected, found, what to do."""


class TooFewImages(TrainingError):  # noqa: N818 - names what is wrong
    """The set is too small for the false-alarm budget; `smallest_false_alarm_rate` is what it supports."""

    def __init__(self, message: str, smallest_false_alarm_rate: float) -> None:
        super().__init__(message)
        self.smallest_false_alarm_rate = smallest_false_alarm_rate
