"""Ingest: reads the sources, keeps opportunities and profiles, and tells what is new, amended or closed.

Hears  organisation.declared, organisation.withdrawn (portal).
Tells  opportunity.published, opportunity.amended, opportunity.closed, profile.described, profile.removed,
       source.troubled, source.recovered.
Owns   opportunities, profiles and partnership requests, with earlier versions; imports; harvests; what was set
       aside; the table of communes; drafts from websites for a day.

Read `app.py` for the routing, `harvest.py` for one harvest from end to end, `domain/` for what is decided and why.
"""
