//! Operations that are not built, so that a request for one is refused by its name. From botocore's service model.

/// Name, then method and path with the URL parameters that distinguish it, and after `#` such a header; the most particular first.
pub(super) const UNBUILT: &[(&str, &str)] = &[
    (
        "AddDatasetExamples",
        "POST /datasets/{datasetId}/examples/add",
    ),
    (
        "BatchPutGatewayRateLimits",
        "PUT /gateways/{gatewayIdentifier}/rate-limits/batch",
    ),
    (
        "CreateApiKeyCredentialProvider",
        "POST /identities/CreateApiKeyCredentialProvider",
    ),
    ("CreateBrowser", "PUT /browsers"),
    ("CreateBrowserProfile", "PUT /browser-profiles"),
    ("CreateCapacityProvider", "PUT /capacity-providers"),
    ("CreateCodeInterpreter", "PUT /code-interpreters"),
    (
        "CreateConfigurationBundle",
        "POST /configuration-bundles/create",
    ),
    (
        "CreateConsentPortal",
        "POST /identities/CreateConsentPortal",
    ),
    ("CreateDataset", "POST /datasets"),
    (
        "CreateDatasetVersion",
        "POST /datasets/{datasetId}/versions",
    ),
    ("CreateEvaluator", "POST /evaluators/create"),
    ("CreateGateway", "POST /gateways/"),
    (
        "CreateGatewayRateLimit",
        "POST /gateways/{gatewayIdentifier}/rate-limits",
    ),
    (
        "CreateGatewayRule",
        "POST /gateways/{gatewayIdentifier}/rules",
    ),
    (
        "CreateGatewayTarget",
        "POST /gateways/{gatewayIdentifier}/targets/",
    ),
    ("CreateHarness", "POST /harnesses"),
    (
        "CreateHarnessEndpoint",
        "POST /harnesses/{harnessId}/endpoints",
    ),
    ("CreateMemory", "POST /memories/create"),
    (
        "CreateOauth2CredentialProvider",
        "POST /identities/CreateOauth2CredentialProvider",
    ),
    (
        "CreateOnlineEvaluationConfig",
        "POST /online-evaluation-configs/create",
    ),
    (
        "CreatePaymentConnector",
        "POST /payments/managers/{paymentManagerId}/connectors",
    ),
    (
        "CreatePaymentCredentialProvider",
        "POST /identities/CreatePaymentCredentialProvider",
    ),
    ("CreatePaymentManager", "POST /payments/managers"),
    (
        "CreatePolicy",
        "POST /policy-engines/{policyEngineId}/policies",
    ),
    ("CreatePolicyEngine", "POST /policy-engines"),
    ("CreateRegistry", "POST /registries"),
    (
        "CreateRegistryRecord",
        "POST /registries/{registryId}/records",
    ),
    (
        "CreateWorkloadIdentity",
        "POST /identities/CreateWorkloadIdentity",
    ),
    (
        "DeleteApiKeyCredentialProvider",
        "POST /identities/DeleteApiKeyCredentialProvider",
    ),
    ("DeleteBrowser", "DELETE /browsers/{browserId}"),
    (
        "DeleteBrowserProfile",
        "DELETE /browser-profiles/{profileId}",
    ),
    (
        "DeleteCapacityProvider",
        "DELETE /capacity-providers/{capacityProviderId}",
    ),
    (
        "DeleteCodeInterpreter",
        "DELETE /code-interpreters/{codeInterpreterId}",
    ),
    (
        "DeleteConfigurationBundle",
        "DELETE /configuration-bundles/{bundleId}",
    ),
    (
        "DeleteConsentPortal",
        "POST /identities/DeleteConsentPortal",
    ),
    ("DeleteDataset", "DELETE /datasets/{datasetId}"),
    (
        "DeleteDatasetExamples",
        "POST /datasets/{datasetId}/examples/delete",
    ),
    ("DeleteEvaluator", "DELETE /evaluators/{evaluatorId}"),
    ("DeleteGateway", "DELETE /gateways/{gatewayIdentifier}/"),
    (
        "DeleteGatewayRateLimit",
        "DELETE /gateways/{gatewayIdentifier}/rate-limits/{rateLimitId}",
    ),
    (
        "DeleteGatewayRule",
        "DELETE /gateways/{gatewayIdentifier}/rules/{ruleId}",
    ),
    (
        "DeleteGatewayTarget",
        "DELETE /gateways/{gatewayIdentifier}/targets/{targetId}/",
    ),
    ("DeleteHarness", "DELETE /harnesses/{harnessId}"),
    (
        "DeleteHarnessEndpoint",
        "DELETE /harnesses/{harnessId}/endpoints/{endpointName}",
    ),
    ("DeleteMemory", "DELETE /memories/{memoryId}/delete"),
    (
        "DeleteOauth2CredentialProvider",
        "POST /identities/DeleteOauth2CredentialProvider",
    ),
    (
        "DeleteOnlineEvaluationConfig",
        "DELETE /online-evaluation-configs/{onlineEvaluationConfigId}",
    ),
    (
        "DeletePaymentConnector",
        "DELETE /payments/managers/{paymentManagerId}/connectors/{paymentConnectorId}",
    ),
    (
        "DeletePaymentCredentialProvider",
        "POST /identities/DeletePaymentCredentialProvider",
    ),
    (
        "DeletePaymentManager",
        "DELETE /payments/managers/{paymentManagerId}",
    ),
    (
        "DeletePolicy",
        "DELETE /policy-engines/{policyEngineId}/policies/{policyId}",
    ),
    (
        "DeletePolicyEngine",
        "DELETE /policy-engines/{policyEngineId}",
    ),
    ("DeleteRegistry", "DELETE /registries/{registryId}"),
    (
        "DeleteRegistryRecord",
        "DELETE /registries/{registryId}/records/{recordId}",
    ),
    (
        "DeleteWorkloadIdentity",
        "POST /identities/DeleteWorkloadIdentity",
    ),
    (
        "GetAgentInsightStore",
        "GET /agent-insight-stores/{agentInsightStoreId}",
    ),
    (
        "GetApiKeyCredentialProvider",
        "POST /identities/GetApiKeyCredentialProvider",
    ),
    ("GetBrowser", "GET /browsers/{browserId}"),
    ("GetBrowserProfile", "GET /browser-profiles/{profileId}"),
    (
        "GetCapacityProvider",
        "GET /capacity-providers/{capacityProviderId}",
    ),
    (
        "GetCodeInterpreter",
        "GET /code-interpreters/{codeInterpreterId}",
    ),
    (
        "GetConfigurationBundle",
        "GET /configuration-bundles/{bundleId}",
    ),
    (
        "GetConfigurationBundleVersion",
        "GET /configuration-bundles/{bundleId}/versions/{versionId}",
    ),
    ("GetConsentPortal", "POST /identities/GetConsentPortal"),
    ("GetDataset", "GET /datasets/{datasetId}"),
    ("GetEvaluator", "GET /evaluators/{evaluatorId}"),
    ("GetGateway", "GET /gateways/{gatewayIdentifier}/"),
    (
        "GetGatewayRateLimit",
        "GET /gateways/{gatewayIdentifier}/rate-limits/{rateLimitId}",
    ),
    (
        "GetGatewayRule",
        "GET /gateways/{gatewayIdentifier}/rules/{ruleId}",
    ),
    (
        "GetGatewayTarget",
        "GET /gateways/{gatewayIdentifier}/targets/{targetId}/",
    ),
    ("GetHarness", "GET /harnesses/{harnessId}"),
    (
        "GetHarnessEndpoint",
        "GET /harnesses/{harnessId}/endpoints/{endpointName}",
    ),
    ("GetMemory", "GET /memories/{memoryId}/details"),
    (
        "GetOauth2CredentialProvider",
        "POST /identities/GetOauth2CredentialProvider",
    ),
    (
        "GetOnlineEvaluationConfig",
        "GET /online-evaluation-configs/{onlineEvaluationConfigId}",
    ),
    (
        "GetPaymentConnector",
        "GET /payments/managers/{paymentManagerId}/connectors/{paymentConnectorId}",
    ),
    (
        "GetPaymentCredentialProvider",
        "POST /identities/GetPaymentCredentialProvider",
    ),
    (
        "GetPaymentManager",
        "GET /payments/managers/{paymentManagerId}",
    ),
    (
        "GetPolicy",
        "GET /policy-engines/{policyEngineId}/policies/{policyId}",
    ),
    ("GetPolicyEngine", "GET /policy-engines/{policyEngineId}"),
    (
        "GetPolicyEngineSummary",
        "GET /policy-engine-summaries/{policyEngineId}",
    ),
    (
        "GetPolicyGeneration",
        "GET /policy-engines/{policyEngineId}/policy-generations/{policyGenerationId}",
    ),
    (
        "GetPolicyGenerationSummary",
        "GET /policy-engines/{policyEngineId}/policy-generation-summaries/{policyGenerationId}",
    ),
    (
        "GetPolicySummary",
        "GET /policy-engines/{policyEngineId}/policy-summaries/{policyId}",
    ),
    ("GetRegistry", "GET /registries/{registryId}"),
    (
        "GetRegistryRecord",
        "GET /registries/{registryId}/records/{recordId}",
    ),
    ("GetTokenVault", "POST /identities/get-token-vault"),
    (
        "GetWorkloadIdentity",
        "POST /identities/GetWorkloadIdentity",
    ),
    ("ListAgentInsightStores", "POST /agent-insight-stores"),
    (
        "ListAgentRuntimeVersionsByCapacityProvider",
        "POST /capacity-providers/{capacityProviderId}/runtime-versions",
    ),
    (
        "ListApiKeyCredentialProviders",
        "POST /identities/ListApiKeyCredentialProviders",
    ),
    ("ListBrowserProfiles", "POST /browser-profiles"),
    ("ListBrowsers", "POST /browsers"),
    ("ListCapacityProviders", "POST /capacity-providers"),
    ("ListCodeInterpreters", "POST /code-interpreters"),
    (
        "ListConfigurationBundleVersions",
        "POST /configuration-bundles/{bundleId}/versions",
    ),
    ("ListConfigurationBundles", "POST /configuration-bundles"),
    ("ListConsentPortals", "POST /identities/ListConsentPortals"),
    (
        "ListDatasetExamples",
        "POST /datasets/{datasetId}/examples/list",
    ),
    (
        "ListDatasetVersions",
        "POST /datasets/{datasetId}/versions/list",
    ),
    ("ListDatasets", "POST /datasets/list"),
    ("ListEvaluators", "POST /evaluators"),
    (
        "ListGatewayRateLimits",
        "GET /gateways/{gatewayIdentifier}/rate-limits",
    ),
    (
        "ListGatewayRules",
        "GET /gateways/{gatewayIdentifier}/rules",
    ),
    (
        "ListGatewayTargets",
        "GET /gateways/{gatewayIdentifier}/targets/",
    ),
    ("ListGateways", "GET /gateways/"),
    (
        "ListHarnessEndpoints",
        "GET /harnesses/{harnessId}/endpoints",
    ),
    ("ListHarnessVersions", "GET /harnesses/{harnessId}/versions"),
    ("ListHarnesses", "GET /harnesses"),
    ("ListMemories", "POST /memories/"),
    (
        "ListOauth2CredentialProviders",
        "POST /identities/ListOauth2CredentialProviders",
    ),
    (
        "ListOnlineEvaluationConfigs",
        "POST /online-evaluation-configs",
    ),
    (
        "ListPaymentConnectors",
        "POST /payments/managers/{paymentManagerId}/connectors-list",
    ),
    (
        "ListPaymentCredentialProviders",
        "POST /identities/ListPaymentCredentialProviders",
    ),
    ("ListPaymentManagers", "POST /payments/managers-list"),
    (
        "ListPolicies",
        "GET /policy-engines/{policyEngineId}/policies",
    ),
    ("ListPolicyEngineSummaries", "GET /policy-engine-summaries"),
    ("ListPolicyEngines", "GET /policy-engines"),
    (
        "ListPolicyGenerationAssets",
        "GET /policy-engines/{policyEngineId}/policy-generations/{policyGenerationId}/assets",
    ),
    (
        "ListPolicyGenerationSummaries",
        "GET /policy-engines/{policyEngineId}/policy-generation-summaries",
    ),
    (
        "ListPolicyGenerations",
        "GET /policy-engines/{policyEngineId}/policy-generations",
    ),
    (
        "ListPolicySummaries",
        "GET /policy-engines/{policyEngineId}/policy-summaries",
    ),
    ("ListRegistries", "GET /registries"),
    (
        "ListRegistryRecords",
        "GET /registries/{registryId}/records",
    ),
    (
        "ListWorkloadIdentities",
        "POST /identities/ListWorkloadIdentities",
    ),
    (
        "ResetTokenVaultKeyMaterial",
        "POST /identities/reset-token-vault-key-material",
    ),
    (
        "RotatePaymentConnectorCredentials",
        "POST /payments/managers/{paymentManagerId}/connectors/{paymentConnectorId}/rotate-credentials",
    ),
    ("SetTokenVaultCMK", "POST /identities/set-token-vault-cmk"),
    (
        "StartPolicyGeneration",
        "POST /policy-engines/{policyEngineId}/policy-generations",
    ),
    (
        "SubmitRegistryRecordForApproval",
        "POST /registries/{registryId}/records/{recordId}/submit-for-approval",
    ),
    (
        "SynchronizeGatewayTargets",
        "PUT /gateways/{gatewayIdentifier}/synchronizeTargets",
    ),
    (
        "UpdateAgentInsightStore",
        "PUT /agent-insight-stores/{agentInsightStoreId}",
    ),
    (
        "UpdateApiKeyCredentialProvider",
        "POST /identities/UpdateApiKeyCredentialProvider",
    ),
    (
        "UpdateCapacityProvider",
        "PUT /capacity-providers/{capacityProviderId}",
    ),
    (
        "UpdateConfigurationBundle",
        "PUT /configuration-bundles/{bundleId}",
    ),
    (
        "UpdateConsentPortal",
        "POST /identities/UpdateConsentPortal",
    ),
    ("UpdateDataset", "PUT /datasets/{datasetId}"),
    (
        "UpdateDatasetExamples",
        "POST /datasets/{datasetId}/examples/update",
    ),
    ("UpdateEvaluator", "PUT /evaluators/{evaluatorId}"),
    ("UpdateGateway", "PUT /gateways/{gatewayIdentifier}/"),
    (
        "UpdateGatewayRateLimit",
        "PATCH /gateways/{gatewayIdentifier}/rate-limits/{rateLimitId}",
    ),
    (
        "UpdateGatewayRule",
        "PATCH /gateways/{gatewayIdentifier}/rules/{ruleId}",
    ),
    (
        "UpdateGatewayTarget",
        "PUT /gateways/{gatewayIdentifier}/targets/{targetId}/",
    ),
    ("UpdateHarness", "PATCH /harnesses/{harnessId}"),
    (
        "UpdateHarnessEndpoint",
        "PATCH /harnesses/{harnessId}/endpoints/{endpointName}",
    ),
    ("UpdateMemory", "PUT /memories/{memoryId}/update"),
    (
        "UpdateOauth2CredentialProvider",
        "POST /identities/UpdateOauth2CredentialProvider",
    ),
    (
        "UpdateOnlineEvaluationConfig",
        "PUT /online-evaluation-configs/{onlineEvaluationConfigId}",
    ),
    (
        "UpdatePaymentConnector",
        "PATCH /payments/managers/{paymentManagerId}/connectors/{paymentConnectorId}",
    ),
    (
        "UpdatePaymentCredentialProvider",
        "POST /identities/UpdatePaymentCredentialProvider",
    ),
    (
        "UpdatePaymentManager",
        "PATCH /payments/managers/{paymentManagerId}",
    ),
    (
        "UpdatePolicy",
        "PATCH /policy-engines/{policyEngineId}/policies/{policyId}",
    ),
    (
        "UpdatePolicyEngine",
        "PATCH /policy-engines/{policyEngineId}",
    ),
    ("UpdateRegistry", "PATCH /registries/{registryId}"),
    (
        "UpdateRegistryRecord",
        "PATCH /registries/{registryId}/records/{recordId}",
    ),
    (
        "UpdateRegistryRecordStatus",
        "PATCH /registries/{registryId}/records/{recordId}/status",
    ),
    (
        "UpdateWorkloadIdentity",
        "POST /identities/UpdateWorkloadIdentity",
    ),
];
