"""Fetch Amazon's DynamoDB Local from the npm registry, once, and print the folder that it is in."""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "amplify-dynamodb-simulator@2.9.30"
"""AWS Amplify's package around the official engine (DynamoDB Local 1.25.1)."""

SHA512: Final = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
"""The checksum that the registry publishes for this version, base64."""

FOLDER: Final = Path(__file__).parents[2] / ".local" / "dynamodb" / PACKAGE.partition("@")[2]


def fetch(folder: Path = FOLDER) -> Path:
    """Return the folder with ``DynamoDBLocal.jar``, fetched where it is not there yet.

    Raises:
        CalledProcessError, FileNotFoundError: npm could not fetch it, or there is no npm.
        ValueError: what was fetched is not what is named here.
    """
    engine = folder / "package" / "emulator"
    if (engine / "DynamoDBLocal.jar").exists():
        return engine
    with tempfile.TemporaryDirectory() as temporary:
        command = ["npm", "pack", "--silent", PACKAGE, "--pack-destination", temporary]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - no part of it comes from outside
        (archive,) = Path(temporary).glob("*.tgz")
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if digest != SHA512:
            message = f"{PACKAGE} has the checksum {digest}, not the one named in {__file__}; nothing of it was run."
            raise ValueError(message)
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
    return engine


if __name__ == "__main__":
    sys.stdout.write(f"{fetch()}\n")
