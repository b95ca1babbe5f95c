"""The pages: who may open them (`access`), what guards them (`guard`), how they are drawn (`drawing`), what they do."""
