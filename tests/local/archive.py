"""The archive's delivery stream and its bucket, which moto does not make from a template."""

from collections.abc import Iterable
from typing import Any, Final

from tests.local import cloud

BUCKET: Final = "relief-local-archive"


def create_archive(firehose: Any, s3: Any, streams: Iterable[str]) -> None:
    """Create delivery streams of these names, which write into one bucket."""
    for name in streams:
        s3.create_bucket(Bucket=BUCKET)
        firehose.create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration={
                "BucketARN": f"arn:aws:s3:::{BUCKET}",
                "RoleARN": f"arn:aws:iam::{cloud.ACCOUNT}:role/archive",
            },
        )
