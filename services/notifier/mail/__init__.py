"""From what is to be said to bytes on the wire: words, templates, headers, SMTP."""
