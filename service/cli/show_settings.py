"""`linewatch settings`."""

from service.cli.failure import warn_of_odd_variables
from service.record.credentials import without_credentials
from service.settings.every import Settings


class ShowSettings(Settings):
    """Print every setting: its environment variable, its value now, and what it means."""

    def cli_cmd(self) -> None:
        warn_of_odd_variables()
        for name, field in Settings.model_fields.items():
            print(f"LINEWATCH_{name.upper()}={_shown(getattr(self, name))}\n    {field.description}")  # noqa: T201 - output


def _shown(value: object) -> str:
    return "" if value is None else without_credentials(str(value))
