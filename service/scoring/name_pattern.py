"""Regular expressions that people give for names of files: the first group is what is looked for."""

import warnings
from dataclasses import dataclass

import regex

TIMEOUT_S = 1.0
"""For one name, which takes microseconds: what takes so long backtracks, and could go on for years."""


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A regular expression with at least one group, and the flag that it was given to."""

    expression: regex.Pattern[str]
    option: str
    example: str

    def first_group(self, name: str) -> str | None:
        """What the first group is in a file's name; None where there is none, or nothing in it.

        Raises:
            ValueError: if the expression backtracks without end on it; the message is one sentence for people.
        """
        try:
            match = self.expression.search(name, timeout=TIMEOUT_S)
        except TimeoutError as error:
            raise ValueError(
                f"expected {self.option} to be a regular expression that reads a name at once, such as "
                f"'{self.example}', found that {self.expression.pattern!r} takes over {TIMEOUT_S:g} s on {name!r}; "
                "put no + or * on a group that matches the same text in more than one way"
            ) from error
        return (match.group(1) or None) if match else None


def name_pattern(text: str, option: str, what: str, example: str) -> NamePattern:
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
            warnings.simplefilter("ignore", FutureWarning)  # of what may mean another thing in a later version
            expression = regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(
            f"expected {option} to be a regular expression, such as '{example}', found {text!r}: {error}; correct it"
        ) from error
    if expression.groups == 0:
        raise ValueError(
            f"expected {option} to have a group that is {what}, such as '{example}', found none in {text!r}; "
            f"put parentheses around {what}"
        )
    return NamePattern(expression, option, example)
