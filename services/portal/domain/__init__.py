"""What the portal decides without reading or writing anything."""
