"""portal: the pages for businesses, communes, associations, schools and staff.

Hears opportunity.published, opportunity.amended, opportunity.closed, profile.described, profile.removed,
matches.changed, rules.published, alert.sent and alert.failed, and keeps what its lists show.
Tells organisation.declared, organisation.withdrawn and match.judged.
Owns organisations as people typed them, memberships, what people answer, sessions, staff, wishes to unsubscribe and
the audit log.
It knows people by an id only: addresses and consent are the notifier's.
"""
