//! Maps the SDK's error types to operations. The SDK has one for each operation, so calls need not name theirs.

use std::error::Error;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::resource::operation::{Operation, agentcore, iam, kms, lambda, logs, s3, sts, tagging};

/// The error type of an operation in the SDK.
pub trait OperationError: ProvideErrorMetadata + Error + 'static {
    /// The operation that failed.
    const OPERATION: Operation;
}

macro_rules! operation_errors {
    ($($crate_name:ident, $service:ident: { $($module:ident::$error:ident = $operation:ident;)+ })+) => {
        $($(
            impl OperationError for $crate_name::operation::$module::$error {
                const OPERATION: Operation = $service::$operation;
            }
        )+)+

        #[cfg(test)]
        fn all() -> Vec<(&'static str, Operation)> {
            vec![$($((
                std::any::type_name::<$crate_name::operation::$module::$error>(),
                <$crate_name::operation::$module::$error as OperationError>::OPERATION,
            )),+),+]
        }
    };
}

operation_errors! {
    aws_sdk_bedrockagentcorecontrol, agentcore: {
        create_agent_runtime::CreateAgentRuntimeError = CREATE_AGENT_RUNTIME;
        create_agent_runtime_endpoint::CreateAgentRuntimeEndpointError = CREATE_AGENT_RUNTIME_ENDPOINT;
        delete_agent_runtime::DeleteAgentRuntimeError = DELETE_AGENT_RUNTIME;
        delete_agent_runtime_endpoint::DeleteAgentRuntimeEndpointError = DELETE_AGENT_RUNTIME_ENDPOINT;
        get_agent_runtime::GetAgentRuntimeError = GET_AGENT_RUNTIME;
        get_agent_runtime_endpoint::GetAgentRuntimeEndpointError = GET_AGENT_RUNTIME_ENDPOINT;
        list_agent_runtimes::ListAgentRuntimesError = LIST_AGENT_RUNTIMES;
        list_agent_runtime_endpoints::ListAgentRuntimeEndpointsError = LIST_AGENT_RUNTIME_ENDPOINTS;
        list_agent_runtime_versions::ListAgentRuntimeVersionsError = LIST_AGENT_RUNTIME_VERSIONS;
        list_tags_for_resource::ListTagsForResourceError = LIST_TAGS_FOR_RESOURCE;
        tag_resource::TagResourceError = TAG_RESOURCE;
        untag_resource::UntagResourceError = UNTAG_RESOURCE;
        update_agent_runtime::UpdateAgentRuntimeError = UPDATE_AGENT_RUNTIME;
        update_agent_runtime_endpoint::UpdateAgentRuntimeEndpointError = UPDATE_AGENT_RUNTIME_ENDPOINT;
    }
    aws_sdk_iam, iam: {
        attach_role_policy::AttachRolePolicyError = ATTACH_ROLE_POLICY;
        create_role::CreateRoleError = CREATE_ROLE;
        delete_role::DeleteRoleError = DELETE_ROLE;
        delete_role_permissions_boundary::DeleteRolePermissionsBoundaryError = DELETE_ROLE_PERMISSIONS_BOUNDARY;
        delete_role_policy::DeleteRolePolicyError = DELETE_ROLE_POLICY;
        detach_role_policy::DetachRolePolicyError = DETACH_ROLE_POLICY;
        get_account_authorization_details::GetAccountAuthorizationDetailsError = GET_ACCOUNT_AUTHORIZATION_DETAILS;
        get_role::GetRoleError = GET_ROLE;
        get_role_policy::GetRolePolicyError = GET_ROLE_POLICY;
        list_attached_role_policies::ListAttachedRolePoliciesError = LIST_ATTACHED_ROLE_POLICIES;
        list_roles::ListRolesError = LIST_ROLES;
        list_role_policies::ListRolePoliciesError = LIST_ROLE_POLICIES;
        put_role_permissions_boundary::PutRolePermissionsBoundaryError = PUT_ROLE_PERMISSIONS_BOUNDARY;
        put_role_policy::PutRolePolicyError = PUT_ROLE_POLICY;
        tag_role::TagRoleError = TAG_ROLE;
        untag_role::UntagRoleError = UNTAG_ROLE;
        update_assume_role_policy::UpdateAssumeRolePolicyError = UPDATE_ASSUME_ROLE_POLICY;
        update_role::UpdateRoleError = UPDATE_ROLE;
    }
    aws_sdk_kms, kms: {
        cancel_key_deletion::CancelKeyDeletionError = CANCEL_KEY_DELETION;
        create_alias::CreateAliasError = CREATE_ALIAS;
        create_key::CreateKeyError = CREATE_KEY;
        describe_key::DescribeKeyError = DESCRIBE_KEY;
        disable_key::DisableKeyError = DISABLE_KEY;
        disable_key_rotation::DisableKeyRotationError = DISABLE_KEY_ROTATION;
        enable_key::EnableKeyError = ENABLE_KEY;
        enable_key_rotation::EnableKeyRotationError = ENABLE_KEY_ROTATION;
        get_key_policy::GetKeyPolicyError = GET_KEY_POLICY;
        get_key_rotation_status::GetKeyRotationStatusError = GET_KEY_ROTATION_STATUS;
        list_aliases::ListAliasesError = LIST_ALIASES;
        list_keys::ListKeysError = LIST_KEYS;
        list_resource_tags::ListResourceTagsError = LIST_RESOURCE_TAGS;
        put_key_policy::PutKeyPolicyError = PUT_KEY_POLICY;
        schedule_key_deletion::ScheduleKeyDeletionError = SCHEDULE_KEY_DELETION;
        tag_resource::TagResourceError = TAG_RESOURCE;
        untag_resource::UntagResourceError = UNTAG_RESOURCE;
        update_key_description::UpdateKeyDescriptionError = UPDATE_KEY_DESCRIPTION;
    }
    aws_sdk_lambda, lambda: {
        create_alias::CreateAliasError = CREATE_ALIAS;
        create_function::CreateFunctionError = CREATE_FUNCTION;
        delete_alias::DeleteAliasError = DELETE_ALIAS;
        delete_function::DeleteFunctionError = DELETE_FUNCTION;
        get_function::GetFunctionError = GET_FUNCTION;
        list_aliases::ListAliasesError = LIST_ALIASES;
        list_functions::ListFunctionsError = LIST_FUNCTIONS;
        list_tags::ListTagsError = LIST_TAGS;
        list_versions_by_function::ListVersionsByFunctionError = LIST_VERSIONS_BY_FUNCTION;
        publish_version::PublishVersionError = PUBLISH_VERSION;
        tag_resource::TagResourceError = TAG_RESOURCE;
        untag_resource::UntagResourceError = UNTAG_RESOURCE;
        update_alias::UpdateAliasError = UPDATE_ALIAS;
        update_function_code::UpdateFunctionCodeError = UPDATE_FUNCTION_CODE;
        update_function_configuration::UpdateFunctionConfigurationError = UPDATE_FUNCTION_CONFIGURATION;
    }
    aws_sdk_cloudwatchlogs, logs: {
        associate_kms_key::AssociateKmsKeyError = ASSOCIATE_KMS_KEY;
        create_log_group::CreateLogGroupError = CREATE_LOG_GROUP;
        delete_data_protection_policy::DeleteDataProtectionPolicyError = DELETE_DATA_PROTECTION_POLICY;
        delete_log_group::DeleteLogGroupError = DELETE_LOG_GROUP;
        delete_retention_policy::DeleteRetentionPolicyError = DELETE_RETENTION_POLICY;
        describe_log_groups::DescribeLogGroupsError = DESCRIBE_LOG_GROUPS;
        disassociate_kms_key::DisassociateKmsKeyError = DISASSOCIATE_KMS_KEY;
        get_data_protection_policy::GetDataProtectionPolicyError = GET_DATA_PROTECTION_POLICY;
        list_tags_for_resource::ListTagsForResourceError = LIST_TAGS_FOR_RESOURCE;
        put_data_protection_policy::PutDataProtectionPolicyError = PUT_DATA_PROTECTION_POLICY;
        put_log_group_deletion_protection::PutLogGroupDeletionProtectionError = PUT_LOG_GROUP_DELETION_PROTECTION;
        put_retention_policy::PutRetentionPolicyError = PUT_RETENTION_POLICY;
        tag_resource::TagResourceError = TAG_RESOURCE;
        untag_resource::UntagResourceError = UNTAG_RESOURCE;
    }
    aws_sdk_s3, s3: {
        create_bucket::CreateBucketError = CREATE_BUCKET;
        delete_bucket::DeleteBucketError = DELETE_BUCKET;
        delete_bucket_policy::DeleteBucketPolicyError = DELETE_BUCKET_POLICY;
        delete_objects::DeleteObjectsError = DELETE_OBJECTS;
        get_bucket_encryption::GetBucketEncryptionError = GET_BUCKET_ENCRYPTION;
        get_bucket_policy::GetBucketPolicyError = GET_BUCKET_POLICY;
        get_bucket_tagging::GetBucketTaggingError = GET_BUCKET_TAGGING;
        get_bucket_versioning::GetBucketVersioningError = GET_BUCKET_VERSIONING;
        get_object::GetObjectError = GET_OBJECT;
        get_public_access_block::GetPublicAccessBlockError = GET_PUBLIC_ACCESS_BLOCK;
        head_bucket::HeadBucketError = HEAD_BUCKET;
        head_object::HeadObjectError = HEAD_OBJECT;
        list_object_versions::ListObjectVersionsError = LIST_OBJECT_VERSIONS;
        put_bucket_encryption::PutBucketEncryptionError = PUT_BUCKET_ENCRYPTION;
        put_bucket_policy::PutBucketPolicyError = PUT_BUCKET_POLICY;
        put_bucket_versioning::PutBucketVersioningError = PUT_BUCKET_VERSIONING;
        put_object::PutObjectError = PUT_OBJECT;
        put_public_access_block::PutPublicAccessBlockError = PUT_PUBLIC_ACCESS_BLOCK;
    }
    aws_sdk_sts, sts: {
        get_caller_identity::GetCallerIdentityError = GET_CALLER_IDENTITY;
    }
    aws_sdk_resourcegroupstagging, tagging: {
        get_resources::GetResourcesError = GET_RESOURCES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::operation::Service;

    #[test]
    fn every_operation_has_the_error_type_with_its_name() {
        let crate_of = |operation: Operation| match operation.service() {
            Service::AgentCore => "aws_sdk_bedrockagentcorecontrol",
            Service::Iam => "aws_sdk_iam",
            Service::Kms => "aws_sdk_kms",
            Service::Lambda => "aws_sdk_lambda",
            Service::Logs => "aws_sdk_cloudwatchlogs",
            Service::S3 => "aws_sdk_s3",
            Service::Sts => "aws_sdk_sts",
            Service::Tagging => "aws_sdk_resourcegroupstagging",
        };
        let mut listed = Vec::new();
        for (error, operation) in all() {
            let name = format!("::{}Error", operation.name());
            assert!(
                error.starts_with(crate_of(operation)) && error.ends_with(&name),
                "{error} is not the error of {operation}"
            );
            listed.push(operation.to_string());
        }
        let known: Vec<String> = Operation::all()
            .map(|operation| operation.to_string())
            .collect();
        assert_eq!(listed, known);
    }
}
