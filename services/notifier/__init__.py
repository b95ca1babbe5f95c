"""The notifier writes to people, and never without their consent.

Hears: opportunity.published / amended / closed, profile.described / removed, matches.changed, rules.published.
Tells: alert.sent, alert.failed (ids, never addresses).
Owns: people and their addresses, subscriptions, consents, sign-in tokens, the suppression list, alerts, digests and
the mails themselves. A mail leaves by the protocol in `sender.py`; what decides is in `domain/`.
"""
