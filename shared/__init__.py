"""What two services need and neither owns: event contracts, the bus, the outbox, database access, settings, logs, time."""
