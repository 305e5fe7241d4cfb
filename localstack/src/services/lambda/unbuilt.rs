//! Operations that are not built, so that a request for one is refused by its name. From botocore's service model.

/// Name, then method and path with the URL parameters that distinguish it, and after `#` such a header; the most particular first.
pub(super) const UNBUILT: &[(&str, &str)] = &[
    (
        "DeleteProvisionedConcurrencyConfig",
        "DELETE /2019-09-30/functions/{FunctionName}/provisioned-concurrency?Qualifier",
    ),
    (
        "GetDurableExecutionState",
        "GET /2025-12-01/durable-executions/{DurableExecutionArn}/state?CheckpointToken",
    ),
    (
        "GetFunctionScalingConfig",
        "GET /2025-11-30/functions/{FunctionName}/function-scaling-config?Qualifier",
    ),
    (
        "GetProvisionedConcurrencyConfig",
        "GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency?Qualifier",
    ),
    (
        "ListProvisionedConcurrencyConfigs",
        "GET /2019-09-30/functions/{FunctionName}/provisioned-concurrency?List",
    ),
    (
        "PutFunctionScalingConfig",
        "PUT /2025-11-30/functions/{FunctionName}/function-scaling-config?Qualifier",
    ),
    (
        "PutProvisionedConcurrencyConfig",
        "PUT /2019-09-30/functions/{FunctionName}/provisioned-concurrency?Qualifier",
    ),
    (
        "AddLayerVersionPermission",
        "POST /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
    ),
    (
        "AddPermission",
        "POST /2015-03-31/functions/{FunctionName}/policy",
    ),
    (
        "CheckpointDurableExecution",
        "POST /2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint",
    ),
    (
        "CreateCapacityProvider",
        "POST /2025-11-30/capacity-providers",
    ),
    (
        "CreateCodeSigningConfig",
        "POST /2020-04-22/code-signing-configs",
    ),
    (
        "CreateEventSourceMapping",
        "POST /2015-03-31/event-source-mappings",
    ),
    (
        "CreateFunctionUrlConfig",
        "POST /2021-10-31/functions/{FunctionName}/url",
    ),
    (
        "DeleteCapacityProvider",
        "DELETE /2025-11-30/capacity-providers/{CapacityProviderName}",
    ),
    (
        "DeleteCodeSigningConfig",
        "DELETE /2020-04-22/code-signing-configs/{CodeSigningConfigArn}",
    ),
    (
        "DeleteDurableExecution",
        "DELETE /2025-12-01/durable-executions/{DurableExecutionArn}",
    ),
    (
        "DeleteEventSourceMapping",
        "DELETE /2015-03-31/event-source-mappings/{UUID}",
    ),
    (
        "DeleteFunctionCodeSigningConfig",
        "DELETE /2020-06-30/functions/{FunctionName}/code-signing-config",
    ),
    (
        "DeleteFunctionConcurrency",
        "DELETE /2017-10-31/functions/{FunctionName}/concurrency",
    ),
    (
        "DeleteFunctionEventInvokeConfig",
        "DELETE /2019-09-25/functions/{FunctionName}/event-invoke-config",
    ),
    (
        "DeleteFunctionUrlConfig",
        "DELETE /2021-10-31/functions/{FunctionName}/url",
    ),
    (
        "DeleteResourcePolicy",
        "DELETE /2026-07-09/resource-policy/{ResourceArn}",
    ),
    ("GetAccountSettings", "GET /2016-08-19/account-settings"),
    (
        "GetCapacityProvider",
        "GET /2025-11-30/capacity-providers/{CapacityProviderName}",
    ),
    (
        "GetCodeSigningConfig",
        "GET /2020-04-22/code-signing-configs/{CodeSigningConfigArn}",
    ),
    (
        "GetDurableExecution",
        "GET /2025-12-01/durable-executions/{DurableExecutionArn}",
    ),
    (
        "GetDurableExecutionHistory",
        "GET /2025-12-01/durable-executions/{DurableExecutionArn}/history",
    ),
    (
        "GetEventSourceMapping",
        "GET /2015-03-31/event-source-mappings/{UUID}",
    ),
    (
        "GetFunctionConcurrency",
        "GET /2019-09-30/functions/{FunctionName}/concurrency",
    ),
    (
        "GetFunctionEventInvokeConfig",
        "GET /2019-09-25/functions/{FunctionName}/event-invoke-config",
    ),
    (
        "GetFunctionRecursionConfig",
        "GET /2024-08-31/functions/{FunctionName}/recursion-config",
    ),
    (
        "GetFunctionUrlConfig",
        "GET /2021-10-31/functions/{FunctionName}/url",
    ),
    (
        "GetLayerVersionPolicy",
        "GET /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
    ),
    (
        "GetPolicy",
        "GET /2015-03-31/functions/{FunctionName}/policy",
    ),
    (
        "GetResourcePolicy",
        "GET /2026-07-09/resource-policy/{ResourceArn}",
    ),
    (
        "GetRuntimeManagementConfig",
        "GET /2021-07-20/functions/{FunctionName}/runtime-management-config",
    ),
    (
        "Invoke",
        "POST /2015-03-31/functions/{FunctionName}/invocations",
    ),
    (
        "InvokeAsync",
        "POST /2014-11-13/functions/{FunctionName}/invoke-async",
    ),
    (
        "InvokeWithResponseStream",
        "POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations",
    ),
    (
        "ListCapacityProviders",
        "GET /2025-11-30/capacity-providers",
    ),
    (
        "ListCodeSigningConfigs",
        "GET /2020-04-22/code-signing-configs",
    ),
    (
        "ListDurableExecutionsByFunction",
        "GET /2025-12-01/functions/{FunctionName}/durable-executions",
    ),
    (
        "ListEventSourceMappings",
        "GET /2015-03-31/event-source-mappings",
    ),
    (
        "ListFunctionEventInvokeConfigs",
        "GET /2019-09-25/functions/{FunctionName}/event-invoke-config/list",
    ),
    (
        "ListFunctionUrlConfigs",
        "GET /2021-10-31/functions/{FunctionName}/urls",
    ),
    (
        "ListFunctionVersionsByCapacityProvider",
        "GET /2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
    ),
    (
        "ListFunctionsByCodeSigningConfig",
        "GET /2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions",
    ),
    (
        "ListLayerVersions",
        "GET /2018-10-31/layers/{LayerName}/versions",
    ),
    ("ListLayers", "GET /2018-10-31/layers"),
    (
        "PauseDurableExecution",
        "POST /2025-12-01/durable-executions/{DurableExecutionArn}/pause",
    ),
    (
        "PutFunctionCodeSigningConfig",
        "PUT /2020-06-30/functions/{FunctionName}/code-signing-config",
    ),
    (
        "PutFunctionConcurrency",
        "PUT /2017-10-31/functions/{FunctionName}/concurrency",
    ),
    (
        "PutFunctionEventInvokeConfig",
        "PUT /2019-09-25/functions/{FunctionName}/event-invoke-config",
    ),
    (
        "PutFunctionRecursionConfig",
        "PUT /2024-08-31/functions/{FunctionName}/recursion-config",
    ),
    (
        "PutResourcePolicy",
        "PUT /2026-07-09/resource-policy/{ResourceArn}",
    ),
    (
        "PutRuntimeManagementConfig",
        "PUT /2021-07-20/functions/{FunctionName}/runtime-management-config",
    ),
    (
        "RemoveLayerVersionPermission",
        "DELETE /2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
    ),
    (
        "RemovePermission",
        "DELETE /2015-03-31/functions/{FunctionName}/policy/{StatementId}",
    ),
    (
        "ResumeDurableExecution",
        "POST /2025-12-01/durable-executions/{DurableExecutionArn}/resume",
    ),
    (
        "SendDurableExecutionCallbackFailure",
        "POST /2025-12-01/durable-execution-callbacks/{CallbackId}/fail",
    ),
    (
        "SendDurableExecutionCallbackHeartbeat",
        "POST /2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
    ),
    (
        "SendDurableExecutionCallbackSuccess",
        "POST /2025-12-01/durable-execution-callbacks/{CallbackId}/succeed",
    ),
    (
        "StopDurableExecution",
        "POST /2025-12-01/durable-executions/{DurableExecutionArn}/stop",
    ),
    (
        "UpdateCapacityProvider",
        "PUT /2025-11-30/capacity-providers/{CapacityProviderName}",
    ),
    (
        "UpdateCodeSigningConfig",
        "PUT /2020-04-22/code-signing-configs/{CodeSigningConfigArn}",
    ),
    (
        "UpdateEventSourceMapping",
        "PUT /2015-03-31/event-source-mappings/{UUID}",
    ),
    (
        "UpdateFunctionEventInvokeConfig",
        "POST /2019-09-25/functions/{FunctionName}/event-invoke-config",
    ),
    (
        "UpdateFunctionUrlConfig",
        "PUT /2021-10-31/functions/{FunctionName}/url",
    ),
];
