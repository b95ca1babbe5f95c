"""portal: the pages for businesses, communes, associations, schools and staff.

Hears opportunity.published, opportunity.amended, opportunity.closed, profile.described, profile.removed,
matches.changed, rules.published, alert.sent and alert.failed, and keeps what its lists show.
Tells organisation.declared and organisation.withdrawn.
Owns organisations as people typed them, memberships, sessions, staff, wishes to unsubscribe and the audit log.
It knows people by an id only: addresses and consent are the notifier's.
"""
