"""What the notifier decides, without database, network or clock."""
