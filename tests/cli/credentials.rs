//! Where a command takes its credentials from, and its errors without them. Without credentials, no call is made.

use insta::assert_snapshot;
use tokio::runtime::Runtime;
use wiremock::matchers::body_string_contains;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::served::Served;
use crate::support::TestEnvironment;

/// Where the AWS CLI and the SDKs look for profiles.
const CONFIG: &str = ".aws/config";

/// The endpoint uses the access key as the account id.
const PROFILES: &str = "
[profile dev]
aws_access_key_id = 111122223333
aws_secret_access_key = secret
[profile admin]
role_arn = arn:aws:iam::111122223333:role/admin
source_profile = dev
mfa_serial = arn:aws:iam::111122223333:mfa/ada
[profile console]
login_session = arn:aws:iam::111122223333:user/ada
[profile deploy]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = dev
[profile broken]
credential_process = echo the vault is shut >&2; exit 3
[profile work]
sso_session = work
sso_account_id = 111122223333
sso_role_name = deployer
[sso-session work]
sso_region = us-east-1
sso_start_url = https://example.awsapps.com/start
";

fn with_profiles() -> TestEnvironment {
    TestEnvironment::triage().at_home(CONFIG, PROFILES)
}

#[test]
fn a_role_that_needs_an_mfa_code_is_refused_before_any_call_with_a_hint() {
    let refusal = with_profiles().run("diff --profile admin");
    assert_snapshot!(refusal, @r#"
    exit 1
    --- stderr
    error[AC0310]: profile `admin` needs a code of the MFA device `arn:aws:iam::111122223333:mfa/ada`, which the AWS SDK does not ask for
    hint: run `eval "$(aws configure export-credentials --profile admin --format env)"`, which asks for the code, then this command again without naming a profile
    "#);
    // The choice of the profile makes no difference.
    let chosen = with_profiles().variable("AWS_PROFILE", "admin");
    assert_eq!(chosen.run("diff"), refusal);
    // A user who follows the hint signs in with the credentials that it printed.
    let served = Served::begin();
    served.run(&chosen.signed_in(), "diff").exits(0);
}

#[test]
fn a_session_of_aws_login_is_refused_with_the_commands_that_export_it() {
    assert_snapshot!(with_profiles().run("diff --profile console"), @r#"
    exit 1
    --- stderr
    error[AC0310]: profile `console` signs in with `aws login`, whose sessions agentctl cannot read
    hint: run `aws login --profile console` and `eval "$(aws configure export-credentials --profile console --format env)"`, then this command again without naming a profile
    "#);
}

#[test]
fn an_invalid_configuration_is_reported_with_its_place() {
    let environment = TestEnvironment::triage().at_home(CONFIG, "[profile dev\nregion");
    assert_snapshot!(environment.run("diff --profile dev"), @"
    exit 1
    --- stderr
    error[AC0310]: the AWS configuration could not be read: could not parse profile file: error parsing [folder]/home/.aws/config on line 1: Profile definition must end with ']'
    hint: fix the file; `aws configure list-profiles` reads the same files
    ");
}

#[test]
fn a_named_profile_takes_precedence_over_keys_in_the_environment() {
    let environment = with_profiles()
        .variable("AWS_ACCESS_KEY_ID", "999988887777")
        .variable("AWS_SECRET_ACCESS_KEY", "secret");
    let served = Served::begin();
    let of = |arguments| {
        let end = served.run(&environment, arguments).exits(0);
        end.stdout.lines().next().unwrap().to_owned()
    };
    assert_snapshot!(of("diff --profile dev"), @"claims · account 111122223333 · us-east-1 · default · http://127.0.0.1:[port]");
    assert_snapshot!(of("diff"), @"claims · account 999988887777 · us-east-1 · default · http://127.0.0.1:[port]");
}

/// The name of the file is the SHA-1 of the session's (AWS SDKs and Tools reference guide, "IAM Identity Center credential provider").
const TOKEN: &str = ".aws/sso/cache/e274eeff768c6396088ec6eb091f4bf4d47ab1e0.json";

#[test]
fn a_missing_session_of_identity_center_names_the_command_that_starts_one() {
    let token = r#"{ "accessToken": "token", "expiresAt": "2020-01-01T00:00:00Z", "startUrl": "https://example.awsapps.com/start", "region": "us-east-1" }"#;
    let ended = with_profiles().at_home(TOKEN, token);
    assert_snapshot!(ended.run("diff --profile work"), @"
    exit 1
    --- stderr
    error[AC0306]: sts GetCallerIdentity: an error occurred while loading credentials: an error occurred while loading an access token: the SSO token has expired and cannot be refreshed
    hint: the session has expired; sign in again with `aws sso login --profile work`
    ");
    assert_snapshot!(with_profiles().variable("AWS_PROFILE", "work").run("diff"), @"
    exit 1
    --- stderr
    error[AC0306]: sts GetCallerIdentity: an error occurred while loading credentials: an error occurred while loading an access token: failed to load the cached SSO token
    hint: sign in with `aws sso login --profile work`
    ");
}

#[test]
fn the_error_of_a_credential_process_is_reported() {
    assert_snapshot!(with_profiles().run("diff --profile broken"), @"
    exit 1
    --- stderr
    error[AC0306]: sts GetCallerIdentity: an error occurred while loading credentials: Error retrieving credentials: external process exited with code exit status: 3. Stderr: the vault is shut
    hint: the credentials do not work; run `aws sts get-caller-identity` with the same profile
    ");
}

/// A server that answers as STS and allows a role to be assumed.
struct Sts {
    runtime: Runtime,
    server: MockServer,
}

impl Sts {
    fn begin() -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            for operation in ["AssumeRole", "AssumeRoleWithWebIdentity"] {
                let credentials = "<Credentials><AccessKeyId>111122223333</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>\
                     <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>";
                answer(&server, operation, credentials).await;
            }
            let caller = "<Arn>arn:aws:sts::111122223333:assumed-role/deploy/ci</Arn><UserId>AROA:ci</UserId><Account>111122223333</Account>";
            answer(&server, "GetCallerIdentity", caller).await;
            server
        });
        Self { runtime, server }
    }

    /// Lists the requests, each with one parameter.
    fn asked(&self, parameter: &str) -> Vec<(String, Option<String>)> {
        let requests = self.runtime.block_on(self.server.received_requests());
        let value = |body: &str, name: &str| {
            body.split('&')
                .find_map(|pair| pair.strip_prefix(&format!("{name}=")))
                .map(|value| value.replace("%3A", ":").replace("%2F", "/"))
        };
        let reported = |request: &wiremock::Request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            (value(&body, "Action").unwrap(), value(&body, parameter))
        };
        requests.unwrap().iter().map(reported).collect()
    }
}

async fn answer(server: &MockServer, operation: &str, result: &str) {
    let xml = format!(
        "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{result}</{operation}Result></{operation}Response>"
    );
    Mock::given(body_string_contains(format!("Action={operation}&")))
        .respond_with(ResponseTemplate::new(200).set_body_raw(xml, "text/xml"))
        .mount(server)
        .await;
}

const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";

#[test]
fn a_role_is_assumed_with_the_web_identity_of_ci() {
    let (sts, served) = (Sts::begin(), Served::begin());
    let environment = TestEnvironment::triage().at_home("token", "a.web.token");
    let token = environment.home().join("token");
    let environment = environment
        .variable("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str())
        .variable("AWS_ROLE_ARN", ROLE)
        .variable("AWS_ENDPOINT_URL", &served.url)
        .variable("AWS_ENDPOINT_URL_STS", &sts.server.uri());
    let diff = environment.run("diff").exits(0);
    assert!(
        diff.stdout
            .contains("as arn:aws:sts::111122223333:assumed-role/deploy/ci"),
        "{diff}"
    );
    assert_eq!(
        sts.asked("WebIdentityToken"),
        [
            (
                "AssumeRoleWithWebIdentity".to_owned(),
                Some("a.web.token".to_owned())
            ),
            ("GetCallerIdentity".to_owned(), None),
        ]
    );
}

#[test]
fn a_profile_assumes_its_role_whether_it_is_named_or_chosen_by_the_environment() {
    let served = Served::begin();
    for (arguments, chosen) in [("diff --profile deploy", None), ("diff", Some("deploy"))] {
        let sts = Sts::begin();
        let mut environment = with_profiles()
            .variable("AWS_ENDPOINT_URL", &served.url)
            .variable("AWS_ENDPOINT_URL_STS", &sts.server.uri());
        if let Some(profile) = chosen {
            environment = environment.variable("AWS_PROFILE", profile);
        }
        environment.run(arguments).exits(0);
        assert_eq!(
            sts.asked("RoleArn"),
            [
                ("AssumeRole".to_owned(), Some(ROLE.to_owned())),
                ("GetCallerIdentity".to_owned(), None),
            ],
            "{arguments}"
        );
    }
}
