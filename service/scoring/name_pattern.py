"""Regular expressions that people give for names of files: the first group is what is looked for."""

import re
import warnings


def name_pattern(text: str, option: str, what: str, example: str) -> re.Pattern[str]:
    """A regular expression with at least one group.

    Args:
        text: as it was given.
        option: the flag that it was given to.
        what: what the first group is, for the message.
        example: a good one.

    Raises:
        ValueError: if it is none, or has no group; the message is one sentence for people.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of what may mean another thing in a later Python
            pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(
            f"expected {option} to be a regular expression, such as '{example}', found {text!r}: {error}; correct it"
        ) from error
    if pattern.groups == 0:
        raise ValueError(
            f"expected {option} to have a group that is {what}, such as '{example}', found none in {text!r}; "
            f"put parentheses around {what}"
        )
    return pattern
