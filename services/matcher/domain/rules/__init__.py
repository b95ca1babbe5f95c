"""The rule set: everything staff can tune, as data with a schema."""

from services.matcher.domain.rules.check import parse_rules
from services.matcher.domain.rules.schema import Boost, FieldWeights, KindRules, RuleSet

DEFAULT_RULES = RuleSet()

__all__ = ["DEFAULT_RULES", "Boost", "FieldWeights", "KindRules", "RuleSet", "parse_rules"]
