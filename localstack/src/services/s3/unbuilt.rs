//! Operations that are not built, so that a request for one is refused by its name. From botocore's service model.

/// Name, then method and path with the URL parameters that distinguish it, and after `#` such a header; the most particular first.
pub(super) const UNBUILT: &[(&str, &str)] = &[
    (
        "UploadPartCopy",
        "PUT /{Bucket}/{Key+}?partNumber&uploadId#x-amz-copy-source",
    ),
    (
        "DeleteBucketAnalyticsConfiguration",
        "DELETE /{Bucket}?analytics&id",
    ),
    (
        "DeleteBucketIntelligentTieringConfiguration",
        "DELETE /{Bucket}?intelligent-tiering&id",
    ),
    (
        "DeleteBucketInventoryConfiguration",
        "DELETE /{Bucket}?inventory&id",
    ),
    (
        "DeleteBucketMetricsConfiguration",
        "DELETE /{Bucket}?metrics&id",
    ),
    (
        "DeleteObjectAnnotation",
        "DELETE /{Bucket}/{Key+}?annotation&annotationName",
    ),
    (
        "GetBucketAnalyticsConfiguration",
        "GET /{Bucket}?analytics&id",
    ),
    (
        "GetBucketIntelligentTieringConfiguration",
        "GET /{Bucket}?intelligent-tiering&id",
    ),
    (
        "GetBucketInventoryConfiguration",
        "GET /{Bucket}?inventory&id",
    ),
    ("GetBucketMetricsConfiguration", "GET /{Bucket}?metrics&id"),
    (
        "GetObjectAnnotation",
        "GET /{Bucket}/{Key+}?annotation&annotationName",
    ),
    (
        "PutBucketAnalyticsConfiguration",
        "PUT /{Bucket}?analytics&id",
    ),
    (
        "PutBucketIntelligentTieringConfiguration",
        "PUT /{Bucket}?intelligent-tiering&id",
    ),
    (
        "PutBucketInventoryConfiguration",
        "PUT /{Bucket}?inventory&id",
    ),
    ("PutBucketMetricsConfiguration", "PUT /{Bucket}?metrics&id"),
    (
        "PutObjectAnnotation",
        "PUT /{Bucket}/{Key+}?annotation&annotationName",
    ),
    (
        "SelectObjectContent",
        "POST /{Bucket}/{Key+}?select&select-type",
    ),
    ("UploadPart", "PUT /{Bucket}/{Key+}?partNumber&uploadId"),
    ("AbortMultipartUpload", "DELETE /{Bucket}/{Key+}?uploadId"),
    ("CompleteMultipartUpload", "POST /{Bucket}/{Key+}?uploadId"),
    ("CopyObject", "PUT /{Bucket}/{Key+}#x-amz-copy-source"),
    (
        "CreateBucketMetadataConfiguration",
        "POST /{Bucket}?metadataConfiguration",
    ),
    (
        "CreateBucketMetadataTableConfiguration",
        "POST /{Bucket}?metadataTable",
    ),
    ("CreateMultipartUpload", "POST /{Bucket}/{Key+}?uploads"),
    ("CreateSession", "GET /{Bucket}?session"),
    ("DeleteBucketCors", "DELETE /{Bucket}?cors"),
    ("DeleteBucketLifecycle", "DELETE /{Bucket}?lifecycle"),
    (
        "DeleteBucketMetadataConfiguration",
        "DELETE /{Bucket}?metadataConfiguration",
    ),
    (
        "DeleteBucketMetadataTableConfiguration",
        "DELETE /{Bucket}?metadataTable",
    ),
    (
        "DeleteBucketOwnershipControls",
        "DELETE /{Bucket}?ownershipControls",
    ),
    ("DeleteBucketReplication", "DELETE /{Bucket}?replication"),
    ("DeleteBucketWebsite", "DELETE /{Bucket}?website"),
    ("DeleteObjectTagging", "DELETE /{Bucket}/{Key+}?tagging"),
    ("GetBucketAbac", "GET /{Bucket}?abac"),
    (
        "GetBucketAccelerateConfiguration",
        "GET /{Bucket}?accelerate",
    ),
    ("GetBucketAcl", "GET /{Bucket}?acl"),
    ("GetBucketCors", "GET /{Bucket}?cors"),
    ("GetBucketLifecycleConfiguration", "GET /{Bucket}?lifecycle"),
    ("GetBucketLogging", "GET /{Bucket}?logging"),
    (
        "GetBucketMetadataConfiguration",
        "GET /{Bucket}?metadataConfiguration",
    ),
    (
        "GetBucketMetadataTableConfiguration",
        "GET /{Bucket}?metadataTable",
    ),
    (
        "GetBucketNotificationConfiguration",
        "GET /{Bucket}?notification",
    ),
    ("GetBucketPolicyStatus", "GET /{Bucket}?policyStatus"),
    ("GetBucketReplication", "GET /{Bucket}?replication"),
    ("GetBucketRequestPayment", "GET /{Bucket}?requestPayment"),
    ("GetBucketWebsite", "GET /{Bucket}?website"),
    ("GetObjectAcl", "GET /{Bucket}/{Key+}?acl"),
    ("GetObjectAttributes", "GET /{Bucket}/{Key+}?attributes"),
    ("GetObjectLegalHold", "GET /{Bucket}/{Key+}?legal-hold"),
    ("GetObjectLockConfiguration", "GET /{Bucket}?object-lock"),
    ("GetObjectRetention", "GET /{Bucket}/{Key+}?retention"),
    ("GetObjectTagging", "GET /{Bucket}/{Key+}?tagging"),
    ("GetObjectTorrent", "GET /{Bucket}/{Key+}?torrent"),
    (
        "ListBucketAnalyticsConfigurations",
        "GET /{Bucket}?analytics",
    ),
    (
        "ListBucketIntelligentTieringConfigurations",
        "GET /{Bucket}?intelligent-tiering",
    ),
    (
        "ListBucketInventoryConfigurations",
        "GET /{Bucket}?inventory",
    ),
    ("ListBucketMetricsConfigurations", "GET /{Bucket}?metrics"),
    ("ListMultipartUploads", "GET /{Bucket}?uploads"),
    ("ListObjectAnnotations", "GET /{Bucket}/{Key+}?annotation"),
    ("ListParts", "GET /{Bucket}/{Key+}?uploadId"),
    ("PutBucketAbac", "PUT /{Bucket}?abac"),
    (
        "PutBucketAccelerateConfiguration",
        "PUT /{Bucket}?accelerate",
    ),
    ("PutBucketAcl", "PUT /{Bucket}?acl"),
    ("PutBucketCors", "PUT /{Bucket}?cors"),
    ("PutBucketLifecycleConfiguration", "PUT /{Bucket}?lifecycle"),
    ("PutBucketLogging", "PUT /{Bucket}?logging"),
    (
        "PutBucketNotificationConfiguration",
        "PUT /{Bucket}?notification",
    ),
    (
        "PutBucketOwnershipControls",
        "PUT /{Bucket}?ownershipControls",
    ),
    ("PutBucketReplication", "PUT /{Bucket}?replication"),
    ("PutBucketRequestPayment", "PUT /{Bucket}?requestPayment"),
    ("PutBucketWebsite", "PUT /{Bucket}?website"),
    ("PutObjectAcl", "PUT /{Bucket}/{Key+}?acl"),
    ("PutObjectLegalHold", "PUT /{Bucket}/{Key+}?legal-hold"),
    ("PutObjectLockConfiguration", "PUT /{Bucket}?object-lock"),
    ("PutObjectRetention", "PUT /{Bucket}/{Key+}?retention"),
    ("PutObjectTagging", "PUT /{Bucket}/{Key+}?tagging"),
    ("RenameObject", "PUT /{Bucket}/{Key+}?renameObject"),
    ("RestoreObject", "POST /{Bucket}/{Key+}?restore"),
    (
        "UpdateBucketMetadataAnnotationTableConfiguration",
        "PUT /{Bucket}?metadataAnnotationTable",
    ),
    (
        "UpdateBucketMetadataInventoryTableConfiguration",
        "PUT /{Bucket}?metadataInventoryTable",
    ),
    (
        "UpdateBucketMetadataJournalTableConfiguration",
        "PUT /{Bucket}?metadataJournalTable",
    ),
    ("UpdateObjectEncryption", "PUT /{Bucket}/{Key+}?encryption"),
    ("ListDirectoryBuckets", "GET /"),
    ("ListObjects", "GET /{Bucket}"),
    ("WriteGetObjectResponse", "POST /WriteGetObjectResponse"),
];
