"""What comes back to the notifier: from a Maildir folder, by IMAP, or by an HTTP hook of the portal."""
