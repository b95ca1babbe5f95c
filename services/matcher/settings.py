"""The matcher's own settings."""

from shared.settings import Settings


class MatcherSettings(Settings):
    """Nothing to set yet: what staff tune is in the rule set."""
