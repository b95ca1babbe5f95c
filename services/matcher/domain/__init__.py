"""What the matcher decides, without any I/O: text, model, rules, decision, explanation."""
