"""The matcher: finds who each opportunity is for, and says why.

Hears: opportunity.published, opportunity.amended, opportunity.closed, profile.described, profile.removed, match.judged.
Tells: matches.changed, rules.published.
Owns: the model, the rule sets, and the matches with the versions they were computed from.
"""
