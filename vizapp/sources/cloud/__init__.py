"""Object stores: S3 and what speaks its protocol, Azure Blob Storage, Google Cloud Storage."""
