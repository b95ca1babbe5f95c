"""How the notifier reads and writes its tables.

Inside a transaction rows are locked in one order, so that no two transactions wait for each other: people,
subscriptions, opportunities, messages, alerts. SQLite has a single writer and needs no lock.
"""
