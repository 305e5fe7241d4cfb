//! The service principals that IAM knows.

/// The names before `.amazonaws.com`. AWS publishes no list: this one was gathered from its managed policies and documentation by the
/// project iam-floyd (release 0.851.0), with the principals that AWS's guides name for `CodeConnections`, Cognito and the rest at the end.
const KNOWN: &str = "
a4b access-analyzer access-grants.s3 account-access account acm-pca acm aco-automation agent-registry agent.wellarchitected
agentless.inspector2 aiops airflow-env airflow-serverless airflow ami.inspector2 amplify apidestinations.events apigateway
app-integrations appfabric appflow application-autoscaling application-insights application-signals.cloudwatch
application-transformation appmesh apprunner appstream appstream.application-autoscaling appsync aps artifact assets.marketplace athena
auditmanager automation autoscaling-plans autoscaling aws-artifact-account-sync aws-external-anthropic backup batch bedrock-agentcore
bedrock-mantle bedrock braket budgets bugbust cassandra-streams cassandra.application-autoscaling channels.lex channels.lexv2 chatbot
chime cleanrooms-ml cleanrooms cloud9 clouddirectory cloudformation cloudfront cloudhsm cloudsearch cloudtrail cloudwatch-crossaccount
cloudwatch codeartifact codebuild codecatalyst-runner codecatalyst codecommit codedeploy codeguru-profiler codeguru-reviewer
codeguru-security codepipeline codestar-notifications codestar cognito-idp cognito-sync comprehend comprehend.application-autoscaling
compute-optimizer config-conforms config-multiaccountsetup config connect-campaigns connect context.cloudtrail
continuousexport.discovery contract.iq contributorinsights.dynamodb controltower cost-optimization-hub.bcm costalerts credentials.iot
custom-resource.application-autoscaling custom.rds-preview custom.rds databrew dataexchange datapipeline datasync datazone
datazonecontrol dax deeplens delivery.logs detective devops-guru diode directconnect directquery.opensearchservice discovery dlm dms
dmsintegration.migrationhub docdb-elastic drs ds dsql dynamodb dynamodb.application-autoscaling ec ec2-images ec2-instance-connect ec2
ec2.application-autoscaling ec2.application-status-checks ec2.capacitymanager ec2fastlaunch ec2fleet ec2scheduled ec2sqlha ecr
ecs-compute ecs-tasks ecs ecs.application-autoscaling edgelambda eks-connector eks-fargate-pods eks-fargate eks-nodegroup eks
elasticache elasticache.application-autoscaling elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce
elastictranscoder email.cognito-idp emr-containers emr-serverless entityresolution es event-processor.health events
events.managedservices events.workmail evs finops-agent finspace firehose fis fms forecast frauddetector freertos fsx gamelift glacier
globalaccelerator glue grafana greengrass groundstation guardduty health healthlake honeycode iam imagebuilder importexport inspector
inspector2 internetmonitor iot iotanalytics iotevents iotmanagedintegrations iotroborunner iotsitewise iotthingsgraph iottwinmaker ivs
job.sagemaker justintimeaccess.ssm kafka kafka.application-autoscaling kafkaconnect kendra kinesis kinesisanalytics
kinesisreplication.dynamodb kms lakeformation lambda lambda.application-autoscaling launchwizard lex lexv2
license-management.marketplace license-manager-user-subscriptions license-manager license-manager.member-account lightsail
logger.cloudfront logs lookoutequipment lookoutmetrics m2 machinelearning macie maintenance.elasticbeanstalk
malware-protection-plan.guardduty malware-protection.guardduty managedblockchain managedservices managedupdates.elasticbeanstalk
mediaconnect mediaconvert mediapackage mediastore mediatailor medical-imaging meetings.chime member.org.stacksets.cloudformation
memorydb metrics.wellarchitected mgn migrationhub-orchestrator migrationhub-strategy migrationhub mobileanalytics mobilehub
monitoring.rds monitoring.thinclient monitron mpa mq neptune-graph neptune.application-autoscaling network-connectors.lambda
network-firewall network-security-director network-security-manager network.bedrock-agentcore networkmanager notifications
notifications.ssm observability.aoss observabilityadmin odb omics opensearchservice ops.apigateway ops.emr-serverless opsworks-cm
opsworks organizations orgsdatasync.servicecatalog osis outposts panorama partnercentral-account-management pcs permission.iq
personalize pinpoint pipes pods.eks practice-run.arc-zonal-shift private-marketplace.marketplace profile proton purchaseorders q qapps
qbusiness qldb quicksight ram rds-preview rds rds.application-autoscaling redshift-data redshift-serverless redshift refactor-spaces
rekognition remediation.config replication.cassandra replication.dynamodb replication.ecr replication.lexv2 replication.s3tables
replicator.lambda reporting.trustedadvisor repository.sync.codeconnections repostspace resale-authorization.marketplace researchstudio
resource-explorer-2 resource-groups resource-snapshot-job.partnercentral-selling restore-testing.backup robomaker rolesanywhere route53
route53domains route53resolver rtbfabric runtime-identity.bedrock-agentcore runtime-instances.bedrock-agentcore s3-outposts s3
s3.data-source.lustre.fsx sagemaker-geospatial sagemaker sagemaker.application-autoscaling scaler.lambda scheduler
schema-conversion.dms schemas scraper.aps secretsmanager security-ir securityagent securityhub securityhubv2 securitylake
self-managed-vpce.osis serverlessrepo servicecatalog-appregistry servicecatalog servicediscovery servicequotas ses shield signer signin
sms-voice sms smsintegration.migrationhub sns social-messaging spot spotfleet sqlworkbench sqs ssm-guiconnect ssm-incidents
ssm-quicksetup ssm-sap ssm ssm.integrations sso states storagegateway streams.metrics.cloudwatch sts support supportplans swf
sync.proton synthetics tagpolicies.tag telemetry-enablement.observabilityadmin telemetry-pipelines.observabilityadmin textract
thirdparty.config thirdparty.inspector2 timestream-influxdb timestream transcribe transfer transform-custom transitgateway translate
triage.security-ir trustedadvisor tts vmie vpc-flow-logs vpc-lattice vpcorigin.cloudfront waf-regional waf wafv2 wam wellarchitected
workdocs worklink workmail workspaces-instances workspaces workspaces.application-autoscaling xray

billingconsole ce codeconnections codestar-connections cognito-identity mediapackagev2 medialive storage-lens.s3 batchoperations.s3
serverless ec2messages cur aws-marketplace logging.s3
";

/// Returns whether a service principal exists: `lambda.amazonaws.com`, and the forms with a region, `logs.eu-west-1.amazonaws.com`.
pub(super) fn is_service(principal: &str) -> bool {
    let name = [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"]
        .iter()
        .find_map(|domain| principal.strip_suffix(domain));
    name.is_some_and(|name| {
        let is_known = |name: &str| KNOWN.split_whitespace().any(|known| known == name);
        let without_region = name
            .rsplit_once('.')
            .filter(|(_, region)| is_region(region));
        is_known(name) || without_region.is_some_and(|(name, _)| is_known(name))
    })
}

/// `eu-west-1`, `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            words.len() >= 2
                && words.iter().all(is_word)
                && number.parse::<u8>().is_ok_and(|number| number > 0)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_services_of_aws_are_known_also_with_a_region() {
        for (principal, expected) in [
            ("lambda.amazonaws.com", true),
            ("bedrock-agentcore.amazonaws.com", true),
            ("agentcore.amazonaws.com", false),
            ("logs.eu-west-1.amazonaws.com", true),
            ("states.us-gov-west-1.amazonaws.com", true),
            ("logs.eu-west-x.amazonaws.com", false),
            ("delivery.logs.amazonaws.com", true),
            ("ec2.amazonaws.com.cn", true),
            ("lambda", false),
            ("lambda.example.com", false),
            ("Lambda.amazonaws.com", false),
        ] {
            assert_eq!(is_service(principal), expected, "{principal}");
        }
    }
}
