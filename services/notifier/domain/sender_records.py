"""What the DNS must say for our mails to be believed: SPF, DKIM and DMARC, and the two domains in line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """The texts found at each name; `dkim` is None when no selector is set."""

    spf: tuple[str, ...]
    dmarc: tuple[str, ...]
    dkim: tuple[str, ...] | None


def dmarc_names(domain: str) -> tuple[str, ...]:
    """Where a policy for this domain may be: at itself, else at the domains above it, down to two labels."""
    labels = domain.split(".")
    return tuple("_dmarc." + ".".join(labels[start:]) for start in range(max(1, len(labels) - 1)))


def is_aligned(envelope: str, sender: str) -> bool:
    """Whether one domain is the other or lies under it: what DMARC calls relaxed, without a list of registries."""
    one, other = envelope.casefold(), sender.casefold()
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def problems(published: Published, *, sender: str, envelope: str, selector: str | None) -> tuple[str, ...]:
    """A sentence for each thing to mend; none when receivers can believe us."""
    found = [*_of_spf(published.spf, envelope), *_of_dmarc(published.dmarc, sender)]
    if published.dkim is not None:
        found += _of_dkim(published.dkim, f"{selector}._domainkey.{sender}")
    if not is_aligned(envelope, sender):
        found.append(
            f"returns go to {envelope} and mails come from {sender}: SPF does not count for DMARC;"
            " set PASSERELLE_MAIL_RETURNS_TO in the same domain"
        )
    return tuple(found)


def _of_spf(texts: Sequence[str], domain: str) -> list[str]:
    records = [text for text in texts if re.match(r"(?i)v=spf1( |$)", text)]
    if not records:
        return [f"{domain} has no SPF record: publish a TXT that begins with v=spf1"]
    if len(records) > 1:
        return [f"{domain} has {len(records)} SPF records: receivers then believe none"]
    return [f"the SPF record of {domain} allows the whole world"] if re.search(r"(?i) \+?all\b", records[0]) else []


def _of_dmarc(texts: Sequence[str], domain: str) -> list[str]:
    records = [text for text in texts if re.match(r"(?i)v=DMARC1\s*(;|$)", text)]
    if not records:
        return [f"{domain} has no DMARC record: publish a TXT at _dmarc.{domain}"]
    if len(records) > 1:
        return [f"{domain} has {len(records)} DMARC records: receivers then believe none"]
    has_policy = re.search(r"(?i);\s*p\s*=\s*(none|quarantine|reject)\b", records[0])
    return [] if has_policy else [f"the DMARC record of {domain} has no policy p="]


def _of_dkim(texts: Sequence[str], name: str) -> list[str]:
    keys = [found for text in texts if (found := re.search(r"(?i)(?:^|;)\s*p\s*=\s*([^;]*)", text))]
    if not keys:
        return [f"there is no DKIM key at {name}"]
    return [] if any(key[1].strip() for key in keys) else [f"the DKIM key at {name} is revoked"]
