"""What ingest decides: pure functions over readings and states, with `now` as an argument."""
