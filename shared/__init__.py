"""What two services need and neither owns: event contracts, the bus, the outbox, databases, settings, logs, time."""
