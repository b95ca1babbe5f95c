"""Mail addresses: accepted or refused without asking the network, shown masked, allowed outside production or not."""

from email_validator import EmailNotValidError, validate_email


def parse_address(text: str) -> str | None:
    """The address in its normal form, or None when it cannot be one."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.normalized


def masked(address: str) -> str:
    """Enough for its owner to know it again: `c•••••@laiterie.example`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••••@{domain}"


def is_allowed(address: str, allow: str) -> bool:
    """Whether a comma-separated list of addresses and @domains names this address."""
    wanted = address.casefold()
    entries = (entry.strip().casefold() for entry in allow.split(","))
    return any(wanted == entry or (entry.startswith("@") and wanted.endswith(entry)) for entry in entries if entry)
