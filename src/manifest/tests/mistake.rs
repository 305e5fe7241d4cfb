//! The most frequent mistakes, as users see them; then every other rule by its code and place.

use insta::assert_snapshot;

use super::*;

fn report(agent: &str) -> String {
    rendered(&Files::of(agent).load().unwrap_err())
}

#[test]
fn a_misspelt_key_is_reported_with_the_nearest_one() {
    assert_snapshot!(report(&agent_with("  lambda:\n    memorysize: 512\n    layer: []\n")), @"
    error[AC0105]: unknown key `spec.lambda.memorysize`
      --> deploy-plans/agent.yaml:9:5
     8 |   lambda:
     9 |     memorysize: 512
       |     ^^^^^^^^^^
    hint: did you mean `memorySize`?

    error[AC0105]: unknown key `spec.lambda.layer`
      --> deploy-plans/agent.yaml:10:5
     9 |     memorysize: 512
    10 |     layer: []
       |     ^^^^^
    hint: did you mean `layers`?
    ");
}

#[test]
fn a_wrong_type_is_reported_with_the_right_one() {
    assert_snapshot!(report(&agent_with("  expectJson: sure\n  environment: { STAGE: 1 }\n")), @"
    error[AC0106]: `spec.expectJson` must be true or false, not text
      --> deploy-plans/agent.yaml:8:15
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   expectJson: sure
       |               ^^^^

    error[AC0106]: `spec.environment.STAGE` must be text, not a number
      --> deploy-plans/agent.yaml:9:25
     8 |   expectJson: sure
     9 |   environment: { STAGE: * }
       |                         ^
    hint: put it in quotes
    ");
}

#[test]
fn a_list_is_not_read_as_a_map() {
    assert_eq!(
        errors("  network: [[subnet-00000000], [sg-00000000]]\n"),
        ["AC0106 deploy-plans/agent.yaml:8:12: `spec.network` must be a map, not a list"]
    );
}

#[test]
fn a_required_key_without_a_value_is_missing() {
    let agent = AGENT.replace("path: ../agents/triage", "path: ~");
    assert_eq!(
        Files::of(&agent).errors(),
        ["AC0109 deploy-plans/agent.yaml:7:11: `spec.code.path` is missing"]
    );
    assert_eq!(
        statement_errors("{ Effect: ~, Action: 's3:*', Resource: '*' }"),
        [
            "AC0109 deploy-plans/agent.yaml:6:63: `spec.definition.policyStatements[0].Effect` is missing"
        ]
    );
    assert_eq!(
        errors("  dataProtection: { identifiers: [EmailAddress], audit: { logGroup: ~ } }\n"),
        ["AC0109 deploy-plans/agent.yaml:8:59: `spec.dataProtection.audit.logGroup` is missing"]
    );
    // The value of a variable is never dropped silently.
    assert_eq!(
        errors("  environment: { STAGE: ~ }\n"),
        ["AC0106 deploy-plans/agent.yaml:8:25: `spec.environment.STAGE` must be text, not empty"]
    );
}

#[test]
fn a_value_outside_its_limits_is_reported_with_the_limits() {
    assert_snapshot!(report(&agent_with("  lambda: { timeout: 31m, memorySize: 64 }\n")), @"
    error[AC0110]: `spec.lambda.timeout` must be 1 to 1800 seconds, written like `90s` or `10m` or as a number, not `31m`
      --> deploy-plans/agent.yaml:8:22
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   lambda: { timeout: 31m, memorySize: 64 }
       |                      ^^^

    error[AC0110]: `spec.lambda.memorySize` must be a number of megabytes from 128 to 10240, not `64`
      --> deploy-plans/agent.yaml:8:39
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   lambda: { timeout: 31m, memorySize: 64 }
       |                                       ^^
    ");
}

#[test]
fn a_missing_key_is_reported_at_the_map_that_needs_it() {
    let agent = AGENT.replace("  prompt: Sort the claims.\n", "");
    let agent = agent.replace("{ systemPrompt: prompt.md }", "{ tools: [] }");
    assert_snapshot!(report(&agent), @"
    error[AC0109]: `spec.prompt` is missing
      --> deploy-plans/agent.yaml:4:1
     3 | metadata: { name: triage }
     4 | spec:
       | ^^^^
    hint: say what the agent is to do with each event

    error[AC0109]: `spec.definition.systemPrompt` is missing
      --> deploy-plans/agent.yaml:5:3
     4 | spec:
     5 |   definition: { tools: [] }
       |   ^^^^^^^^^^
    hint: name a text file or `s3://bucket/key`
    ");
}

#[test]
fn a_missing_file_is_reported_with_its_path_from_the_project_root() {
    assert_snapshot!(report(&AGENT.replace("prompt.md", "prompts/triage.md")), @"
    error[AC0114]: `deploy-plans/prompts/triage.md` does not exist
      --> deploy-plans/agent.yaml:6:31
     5 |   prompt: Sort the claims.
     6 |   definition: { systemPrompt: prompts/triage.md }
       |                               ^^^^^^^^^^^^^^^^^
    hint: paths are relative to the file they are written in
    ");
}

#[test]
fn a_duplicate_key_is_reported_with_both_places() {
    assert_snapshot!(report(&agent_with("  prompt: Another one.\n")), @"
    error[AC0108]: `prompt` is already given in line 5
      --> deploy-plans/agent.yaml:8:3
     4 | spec:
     5 |   prompt: Sort the claims.
       |   ^^^^^^ first here
      …
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   prompt: Another one.
       |   ^^^^^^
    hint: remove one of the two
    ");
}

#[test]
fn a_duplicate_agent_is_reported_with_the_first() {
    assert_snapshot!(report(&format!("{AGENT}---\n{AGENT}")), @"
    error[AC0112]: agent `triage` is already declared at deploy-plans/agent.yaml:3:19
      --> deploy-plans/agent.yaml:11:19
     2 | kind: BatchAgent
     3 | metadata: { name: triage }
       |                   ^^^^^^ first here
      …
    10 | kind: BatchAgent
    11 | metadata: { name: triage }
       |                   ^^^^^^
    hint: rename one of the two
    ");
}

#[test]
fn a_field_that_agentcore_does_not_have_is_reported_with_an_alternative() {
    assert_snapshot!(
        report(&agent_with("  agentcore:\n    instanceType: m5.large\n    memorySize: 2048\n")),
        @"
    error[AC0107]: AgentCore runtimes take no `instanceType`
      --> deploy-plans/agent.yaml:9:5
     8 |   agentcore:
     9 |     instanceType: m5.large
       |     ^^^^^^^^^^^^
    hint: sessions scale by themselves; remove the line

    error[AC0107]: AgentCore runtimes take no `memorySize`
      --> deploy-plans/agent.yaml:10:5
     9 |     instanceType: m5.large
    10 |     memorySize: 2048
       |     ^^^^^^^^^^
    hint: every session has up to 8 GB; `memorySize` belongs under `lambda`
    "
    );
}

#[test]
fn an_unsupported_key_is_refused_by_name() {
    assert_snapshot!(report(&agent_with("  workflow: { type: STANDARD }\n")), @"
    error[AC0111]: `workflow` is not supported by this version of agentctl
      --> deploy-plans/agent.yaml:8:3
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   workflow: { type: STANDARD }
       |   ^^^^^^^^
    hint: remove the line
    ");
}

#[test]
fn broken_yaml_shows_the_line() {
    assert_snapshot!(report(&agent_with("  lambda: { timeout: 10m\n")), @"
    error[AC0103]: not YAML: unclosed bracket '{'
      --> deploy-plans/agent.yaml:8:11
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   lambda: { timeout: 10m
       |           ^
    ");
}

#[test]
fn a_tab_in_the_indentation_is_shown_on_its_line() {
    for lines in ["\texpectJson: true\n", "  lambda:\n  \ttimeout: 10m\n"] {
        let text = report(&agent_with(lines));
        let line = 8 + lines.lines().count() - 1;
        assert!(
            text.contains(&format!("deploy-plans/agent.yaml:{line}:")),
            "{text}"
        );
        assert!(
            text.trim_end()
                .ends_with("hint: use spaces: YAML allows no tabs in the indentation"),
            "{text}"
        );
    }
}

#[test]
fn a_misspelt_choice_is_reported_with_the_nearest_one() {
    assert_snapshot!(report(&agent_with("  runtime: lamda\n  code2: 1\n")), @"
    error[AC0110]: `spec.runtime` cannot be `lamda`
      --> deploy-plans/agent.yaml:8:12
     7 |   code: { path: ../agents/triage, handler: batch.handler }
     8 |   runtime: lamda
       |            ^^^^^
    hint: did you mean `lambda`?

    error[AC0105]: unknown key `spec.code2`
      --> deploy-plans/agent.yaml:9:3
     8 |   runtime: lamda
     9 |   code2: 1
       |   ^^^^^
    hint: did you mean `code`?
    ");
}

fn errors(spec: &str) -> Vec<String> {
    Files::of(&agent_with(spec)).errors()
}

#[test]
fn all_mistakes_of_all_files_are_reported_at_once() {
    let errors = Files::of(&AGENT.replace("triage }", "Triage }"))
        .with("deploy-plans/b.yaml", "a: [\n# agentctl\n")
        .with(
            "deploy-plans/c/d.json",
            r#"{"apiVersion": "agentctl.dev/v1alpha1", "kind": "BatchAgent", "metadata": {"nam": "x"}}"#,
        )
        .errors();
    assert_eq!(
        errors,
        [
            "AC0110 deploy-plans/agent.yaml:3:19: `metadata.name` must be lower-case letters, digits and hyphens, \
             a letter first, 40 characters at most, not `Triage`",
            "AC0103 deploy-plans/b.yaml:1:4: not YAML: unclosed bracket '['",
            "AC0109 deploy-plans/c/d.json:1:1: `spec.prompt` is missing",
            "AC0109 deploy-plans/c/d.json:1:1: `spec.definition.systemPrompt` is missing",
            "AC0111 deploy-plans/c/d.json:1:1: the default agent bundle is not supported by this version of agentctl",
            "AC0109 deploy-plans/c/d.json:1:63: `metadata.name` is missing",
            "AC0105 deploy-plans/c/d.json:1:76: unknown key `metadata.nam`",
        ]
    );
}

#[test]
fn a_refused_value_is_not_also_reported_as_missing() {
    let agent = AGENT
        .replace("Sort the claims.", "[]")
        .replace(
            "{ path: ../agents/triage, handler: batch.handler }",
            "{ image: 1 }",
        )
        .replace(
            "{ systemPrompt: prompt.md }",
            "{ systemPrompt: 1, policyStatements: [{ Effect: Alow }] }",
        );
    assert_eq!(
        Files::of(&agent).errors(),
        [
            "AC0106 deploy-plans/agent.yaml:5:11: `spec.prompt` must be text, not a list",
            "AC0106 deploy-plans/agent.yaml:6:31: `spec.definition.systemPrompt` must be text, not a number",
            "AC0110 deploy-plans/agent.yaml:6:63: `spec.definition.policyStatements[0].Effect` cannot be `Alow`",
            "AC0109 deploy-plans/agent.yaml:7:3: `spec.code.handler` is missing",
            "AC0106 deploy-plans/agent.yaml:7:18: `spec.code.image` must be text, not a number",
        ]
    );
}

#[test]
fn a_document_of_unknown_kind_or_version_is_refused() {
    let files = Files::of(AGENT).with(
        "deploy-plans/z.yaml",
        "apiVersion: agentctl.dev/v1\nkind: batchagent\n---\napiVersion: agentctl.dev/v1alpha1\n",
    );
    assert_eq!(
        files.errors(),
        [
            "AC0117 deploy-plans/z.yaml:1:13: unknown apiVersion `agentctl.dev/v1`",
            "AC0117 deploy-plans/z.yaml:2:7: unknown kind `batchagent`",
            "AC0109 deploy-plans/z.yaml:4:1: `kind` is missing",
        ]
    );
}

#[test]
fn a_project_is_required_unless_the_run_is_local() {
    let files = Files::new().with("deploy-plans/agent.yaml", AGENT);
    assert_eq!(
        files.errors(),
        ["AC0113: no document with `kind: Project` in `deploy-plans`"]
    );
    let local = load(
        &files.root(),
        &Selection::all(),
        ProjectRule::OptionalLocal,
        &Variables::default(),
    )
    .unwrap();
    assert_eq!(local.project.name.as_str(), "local");
    assert_eq!(local.project.agents.len(), 1);
}

#[test]
fn a_second_project_is_reported_with_the_first() {
    let files = Files::of(AGENT).with("deploy-plans/z.yaml", PROJECT);
    assert_eq!(
        files.errors(),
        [
            "AC0113 deploy-plans/z.yaml:2:7: a second project; the first is at deploy-plans/project.yaml:2:7"
        ]
    );
}

#[test]
fn a_region_outside_the_allowed_ones_is_a_conflict() {
    let project =
        format!("{PROJECT}spec: {{ region: us-west-2, regions: [us-east-1, eu-west-1] }}\n");
    let files = Files::of(AGENT).with("deploy-plans/project.yaml", project);
    assert_eq!(
        files.errors(),
        [
            "AC0116 deploy-plans/project.yaml:4:17: `spec.region` is `us-west-2`, which `spec.regions` does not allow"
        ]
    );
}

#[test]
fn code_comes_from_one_place_only() {
    let agent = AGENT.replace(
        "handler: batch",
        "s3: { bucket: code, key: a.zip }, handler: batch",
    );
    assert_eq!(
        Files::of(&agent).errors(),
        [
            "AC0116 deploy-plans/agent.yaml:7:35: `spec.code.s3` cannot be used together with `spec.code.path` \
          (deploy-plans/agent.yaml:7:11)"
        ]
    );
}

#[test]
fn a_prompt_of_blanks_is_refused() {
    let agent = AGENT.replace("Sort the claims.", "'  '");
    assert_eq!(
        Files::of(&agent).errors(),
        ["AC0110 deploy-plans/agent.yaml:5:11: `spec.prompt` must not be empty"]
    );
}

#[test]
fn variables_that_lambda_sets_are_refused() {
    assert_eq!(
        errors("  environment: { AWS_REGION: x, _HANDLER: x, A: x, AWS_LAMBDA_EXEC_WRAPPER: x }\n"),
        [
            "AC0110 deploy-plans/agent.yaml:8:18: `spec.environment.AWS_REGION` is set by Lambda itself and cannot be given",
            "AC0110 deploy-plans/agent.yaml:8:33: `spec.environment._HANDLER` must be a variable name: a letter, then \
             letters, digits and `_`, at least two characters, not `_HANDLER`",
            "AC0110 deploy-plans/agent.yaml:8:46: `spec.environment.A` must be a variable name: a letter, then letters, \
             digits and `_`, at least two characters, not `A`",
        ]
    );
}

#[test]
fn labels_outside_the_limits_of_tags_are_refused() {
    let agent = AGENT.replace(
        "{ name: triage }",
        "{ name: triage, labels: { aws:x: a, AgentCtl:x: b, Team: c, team: d, ok: 'é' } }",
    );
    assert_eq!(
        Files::of(&agent).errors(),
        [
            "AC0110 deploy-plans/agent.yaml:3:37: `metadata.labels.aws:x` must not start with `aws:`, which is reserved",
            "AC0110 deploy-plans/agent.yaml:3:47: `metadata.labels.AgentCtl:x` must not start with `agentctl:`, which is \
             reserved",
            "AC0110 deploy-plans/agent.yaml:3:77: `metadata.labels.team` differs from `Team` only by case, which IAM ignores",
            "AC0110 deploy-plans/agent.yaml:3:84: `metadata.labels.ok` must be letters, digits, spaces and `_.:/=+-@`, 256 \
             characters at most, not `é`",
        ]
    );
}

#[test]
fn lists_outside_their_limits_or_with_duplicates_are_refused() {
    let groups: Vec<_> = (0..6).map(|index| format!("sg-0000000{index}")).collect();
    let spec = format!(
        "  network:\n    subnets: [subnet-00000000, subnet-00000000]\n    securityGroups: [{}]\n  dataProtection: {{}}\n",
        groups.join(", ")
    );
    assert_eq!(
        errors(&spec),
        [
            "AC0110 deploy-plans/agent.yaml:9:32: `spec.network.subnets[1]` names `subnet-00000000` again",
            "AC0110 deploy-plans/agent.yaml:10:21: `spec.network.securityGroups` must name 5 at most, not 6",
            "AC0109 deploy-plans/agent.yaml:11:3: `spec.dataProtection.identifiers` is missing",
        ]
    );
}

#[test]
fn a_model_id_with_the_prefix_of_a_profile_is_refused() {
    let agent = AGENT.replace(
        "prompt.md }",
        "prompt.md, model: { id: us.anthropic.claude-sonnet-4-20250514-v1:0 } }",
    );
    assert_eq!(
        Files::of(&agent).errors(),
        [
            "AC0110 deploy-plans/agent.yaml:6:55: `spec.definition.model.id` must be the model alone: write \
          `id: anthropic.claude-sonnet-4-20250514-v1:0` and `crossRegion: us`"
        ]
    );
}

fn with_statement(statement: &str) -> Files {
    let statements = format!("prompt.md, policyStatements: [{statement}] }}");
    Files::of(&AGENT.replace("prompt.md }", &statements))
}

fn statement_errors(statement: &str) -> Vec<String> {
    with_statement(statement).errors()
}

/// Returns why a statement is refused; empty if it is not.
fn refused(statement: &str) -> String {
    let errors = with_statement(statement).load().err();
    errors.map_or_else(String::new, |errors| lines(&errors).concat())
}

#[test]
fn a_statement_names_actions_and_resources_once() {
    assert_eq!(
        statement_errors("{ Effect: Allow, Action: 's3:*', NotAction: 's3:*' }"),
        [
            "AC0109 deploy-plans/agent.yaml:6:61: `spec.definition.policyStatements[0]` needs `Resource` or `NotResource`",
            "AC0116 deploy-plans/agent.yaml:6:94: `spec.definition.policyStatements[0].NotAction` cannot be used together with \
             `spec.definition.policyStatements[0].Action` (deploy-plans/agent.yaml:6:78)",
        ]
    );
}

#[test]
fn what_iam_refuses_in_a_statement_is_refused_with_its_place() {
    let on = |resource: &str| {
        refused(&format!(
            "{{ Effect: Allow, Action: 's3:GetObject', Resource: '{resource}' }}"
        ))
    };
    insta::assert_snapshot!(
        [
            on("arn:aws:s3:::datasets/データ/*"),
            on("arn:aws:s3:::my‑bucket/*"),
            on("arn:x"),
            on("arn:amazon:s3:::code"),
            on("arn:aws:*:::code"),
            on("arn:aws:s3:eu-west-1::code"),
            on("arn:aws:iam:eu-west-1:111122223333:role/x"),
            on("arn:aws:s3"),
            on("arn:aws:sqs:us-east-1:111122223333:"),
        ]
        .join("\n"), @"
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must not hold `デ` (U+30C7): IAM takes characters up to U+00FF; write `*` or `?` in its place
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must not hold `‑` (U+2011): IAM takes characters up to U+00FF; write `*` or `?` in its place
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must be an ARN of six parts, `arn:aws:service:region:account:resource`, not `arn:x`
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must be an ARN of a partition of AWS, such as `arn:aws:…` or `arn:aws-cn:…`, not `arn:amazon:s3:::code`
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must be an ARN that names its service in full, not `arn:aws:*:::code`
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must be an ARN without a region, which buckets and what is of IAM do not have, not `arn:aws:s3:eu-west-1::code`
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must be an ARN without a region, which buckets and what is of IAM do not have, not `arn:aws:iam:eu-west-1:111122223333:role/x`
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must be an ARN of six parts, `arn:aws:service:region:account:resource`, not `arn:aws:s3`
    AC0110 deploy-plans/agent.yaml:6:112: `spec.definition.policyStatements[0].Resource` must be an ARN that names a resource after the account, not `arn:aws:sqs:us-east-1:111122223333:`
    ");
    for taken in [
        "arn:aws:s3:us-east-1:111122223333:accesspoint/x/object/*",
        "arn:aws-cn:s3:::größe/*",
        "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/team}-*",
    ] {
        assert_eq!(on(taken), "", "{taken}");
    }
    let when = |condition: &str| {
        let statement = "{ Effect: Allow, Action: '*', Resource: '*', Condition: ";
        refused(&format!("{statement}{condition} }}"))
    };
    insta::assert_snapshot!(
        [
            when("{ StringEqualz: { 'aws:PrincipalTag/team': x } }"),
            when("{ ForAllValues:Null: { 'aws:SourceIp': x } }"),
            when("{ StringEquals: { SourceAccount: x } }"),
            when("{ StringEquals: { 'aws:SourceAccount': [ok, '‑'] } }"),
        ]
        .join("\n"), @"
    AC0110 deploy-plans/agent.yaml:6:119: `spec.definition.policyStatements[0].Condition.StringEqualz` must be an operator of IAM such as `StringEquals`, `ArnLike` or `ForAnyValue:StringLike`, not `StringEqualz`
    AC0110 deploy-plans/agent.yaml:6:119: `spec.definition.policyStatements[0].Condition.ForAllValues:Null` must be an operator of IAM such as `StringEquals`, `ArnLike` or `ForAnyValue:StringLike`, not `ForAllValues:Null`
    AC0110 deploy-plans/agent.yaml:6:135: `spec.definition.policyStatements[0].Condition.StringEquals.SourceAccount` must be a condition key such as `aws:SourceAccount`: a service, a colon and a name, not `SourceAccount`
    AC0110 deploy-plans/agent.yaml:6:161: `spec.definition.policyStatements[0].Condition.StringEquals.aws:SourceAccount[1]` must not hold `‑` (U+2011): IAM takes characters up to U+00FF; write `*` or `?` in its place
    ");
    for taken in [
        "{ ForAnyValue:StringNotEqualsIgnoreCaseIfExists: { 'aws:TagKeys': [a] } }",
        "{ DateGreaterThanEquals: { 'aws:CurrentTime': x }, 'Null': { 'aws:PrincipalTag/cost centre': 'true' } }",
        "{ StringEquals: { 'oidc.eks.us-east-1.amazonaws.com/id/X:sub': x, 's3:ExistingObjectTag/a': 1 } }",
    ] {
        assert_eq!(when(taken), "", "{taken}");
    }
}

#[test]
fn a_statement_with_a_principal_is_refused() {
    assert_eq!(
        statement_errors("{ Effect: Allow, Principal: '*', Action: 's3:*', Resource: '*' }"),
        ["AC0107 deploy-plans/agent.yaml:6:78: statements of a role take no `Principal`"]
    );
}

#[test]
fn keys_of_statements_that_start_with_a_dollar_are_reserved() {
    assert_eq!(
        statement_errors(
            "{ Effect: Allow, Action: 's3:*', Resource: '*', Condition: { $ref: { a: b } } }"
        ),
        [
            "AC0118 deploy-plans/agent.yaml:6:122: `$ref` is reserved: keys of statements must not start with `$`"
        ]
    );
}

#[test]
fn an_empty_list_of_actions_is_refused_and_a_list_of_wrong_ones_only_once() {
    assert_eq!(
        statement_errors("{ Effect: Allow, Action: [], Resource: [here] }"),
        [
            "AC0110 deploy-plans/agent.yaml:6:86: `spec.definition.policyStatements[0].Action` must name at least one",
            "AC0110 deploy-plans/agent.yaml:6:101: `spec.definition.policyStatements[0].Resource[0]` must be an ARN, a \
             pattern of ARNs, or `*`, not `here`",
        ]
    );
}

#[test]
fn items_after_a_refused_one_keep_their_numbers() {
    assert_eq!(
        statement_errors(
            "{ Effect: Alow, Action: '*', Resource: '*' }, { Action: '*', Resource: '*' }, { Effect: Deny, Action: '*' }"
        ),
        [
            "AC0110 deploy-plans/agent.yaml:6:71: `spec.definition.policyStatements[0].Effect` cannot be `Alow`",
            "AC0109 deploy-plans/agent.yaml:6:107: `spec.definition.policyStatements[1].Effect` is missing",
            "AC0109 deploy-plans/agent.yaml:6:139: `spec.definition.policyStatements[2]` needs `Resource` or `NotResource`",
        ]
    );
}

#[test]
fn statements_cannot_be_added_to_a_role_of_somebody_else() {
    let agent = AGENT.replace(
        "prompt.md }",
        "prompt.md, policyStatements: [{ Effect: Allow, Action: '*', Resource: '*' }] }",
    );
    let role = "  iam: { role: arn:aws:iam::111122223333:role/theirs }\n";
    assert_eq!(
        Files::of(&format!("{agent}{role}")).errors(),
        [
            "AC0116 deploy-plans/agent.yaml:6:42: `policyStatements` cannot be added to \
          `arn:aws:iam::111122223333:role/theirs`, which agentctl did not create"
        ]
    );
}

#[test]
fn the_agentcore_block_is_checked_even_if_it_is_not_chosen() {
    assert_eq!(
        errors(
            "  agentcore: { endpoint: my-live, lifecycle: { idleTimeout: 2h, maxLifetime: 1h } }\n"
        ),
        [
            "AC0110 deploy-plans/agent.yaml:8:26: `spec.agentcore.endpoint` must be letters, digits and `_`, a letter \
             first, 48 characters at most, not `my-live`",
            "AC0110 deploy-plans/agent.yaml:8:61: `spec.agentcore.lifecycle.idleTimeout` must not exceed `maxLifetime`, \
             which is 3600 seconds",
        ]
    );
}

#[test]
fn empty_lists_of_the_agentcore_block_are_refused() {
    let authorizer = "{ customJWTAuthorizer: { discoveryUrl: 'https://a.b/.well-known/openid-configuration', \
                      allowedClients: [] } }";
    assert_eq!(
        errors(&format!(
            "  agentcore:\n    authorizer: {authorizer}\n    requestHeaders: []\n"
        )),
        [
            "AC0110 deploy-plans/agent.yaml:9:120: `spec.agentcore.authorizer.customJWTAuthorizer.allowedClients` must name at \
             least one",
            "AC0110 deploy-plans/agent.yaml:10:21: `spec.agentcore.requestHeaders` must name at least one",
        ]
    );
}

#[test]
fn control_characters_reach_no_terminal() {
    for spec in [
        "  \"\\e[31m\": 1\n  runtime: \"\\e[2J\"\n",
        "  x: \u{9b}2J\n",
        "  x: \u{1b}[2J\n",
    ] {
        let errors = Files::of(&agent_with(spec)).load().unwrap_err();
        let shown = format!("{}{}", rendered(&errors), lines(&errors).join("\n"));
        assert!(!shown.contains(['\u{1b}', '\u{9b}']), "{shown:?}");
    }
}

#[test]
fn an_unsupported_value_is_refused_at_every_place() {
    let agent = AGENT.replace("handler:", "runtime: node22, handler:");
    let rest =
        "  encryption: { key: project }\n  invokers: []\n  removalPolicy: { logGroup: retain }\n";
    assert_eq!(
        Files::of(&format!("{agent}{rest}")).errors(),
        [
            "AC0111 deploy-plans/agent.yaml:7:44: `code.runtime: node22` is not supported on Lambda by this version of agentctl",
            "AC0111 deploy-plans/agent.yaml:8:22: `encryption.key: project` is not supported by this version of agentctl",
            "AC0111 deploy-plans/agent.yaml:9:3: `invokers` is not supported by this version of agentctl",
            "AC0111 deploy-plans/agent.yaml:10:18: a `removalPolicy` per kind is not supported by this version of agentctl",
        ]
    );
    assert_eq!(
        errors("  removalPolicy: retain\n"),
        [
            "AC0111 deploy-plans/agent.yaml:8:18: `removalPolicy: retain` is not supported by this version of agentctl"
        ]
    );
    Files::of(&agent_with("  removalPolicy: destroy\n"))
        .load()
        .unwrap();
}

/// Returns an agent on `AgentCore`, with the given code.
fn on_agentcore(code: &str, rest: &str) -> String {
    let code = AGENT.replace("path: ../agents/triage, handler: batch.handler", code);
    format!("{code}  runtime: agentcore\n{rest}")
}

const IMAGE: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/agents/triage";

#[test]
fn agentcore_needs_an_entry_point() {
    assert_snapshot!(report(&on_agentcore("path: ../agents/triage, handler: batch.handler", "")), @"
    error[AC0109]: `spec.code.entryPoint` is missing
      --> deploy-plans/agent.yaml:7:3
     6 |   definition: { systemPrompt: prompt.md }
     7 |   code: { path: ../agents/triage, handler: batch.handler }
       |   ^^^^
    hint: name the file of the code that AgentCore starts, such as `[main.py]`
    ");
    let none = "handler: batch.handler, entryPoint: [main.py]";
    assert_eq!(
        Files::of(&on_agentcore(none, "")).errors(),
        ["AC0109 deploy-plans/agent.yaml:7:3: `spec.code.path` is missing"]
    );
}

#[test]
fn an_image_named_by_a_tag_is_refused() {
    for (image, tag) in [(format!("{IMAGE}:v1"), "v1"), (IMAGE.to_owned(), "latest")] {
        let errors = Files::of(&on_agentcore(&format!("image: '{image}'"), "")).load();
        let error = errors.unwrap_err();
        let shown = rendered(&error);
        let message = format!(
            "`spec.code.image` must name the image by its digest, not by the tag `{tag}`, which can be moved"
        );
        assert!(shown.contains(&message), "{shown}");
        let hint = format!(
            "write `{IMAGE}@` and what `aws ecr describe-images --repository-name agents/triage --image-ids imageTag={tag}"
        );
        assert!(shown.contains(&hint), "{shown}");
        assert_eq!(error.iter().count(), 1, "{shown}");
    }
}

#[test]
fn the_deployment_method_or_the_given_key_decides_between_code_and_image() {
    let image = format!("image: '{IMAGE}@sha256:{}'", "ab".repeat(32));
    let method = |method: &str| format!("  agentcore: {{ deploymentMethod: {method} }}\n");
    Files::of(&on_agentcore(&image, "")).load().unwrap();
    let errors = |code: &str, rest: &str| Files::of(&on_agentcore(code, rest)).errors();
    assert_eq!(
        errors(&image, &method("DIRECT_CODE")),
        [
            "AC0109 deploy-plans/agent.yaml:7:3: `spec.code.entryPoint` is missing",
            "AC0109 deploy-plans/agent.yaml:7:3: `spec.code.path` is missing",
        ]
    );
    let folder = "path: ../agents/triage, entryPoint: [batch.py]";
    assert_eq!(
        errors(folder, &method("CONTAINER")),
        ["AC0109 deploy-plans/agent.yaml:7:3: `spec.code.image` is missing"]
    );
    let on_lambda = AGENT.replace("path: ../agents/triage", &image);
    assert_eq!(
        Files::of(&on_lambda).errors(),
        [
            "AC0111 deploy-plans/agent.yaml:7:11: `code.image` is not supported on Lambda by this version of agentctl"
        ]
    );
}

#[test]
fn an_agentcore_block_outside_the_limits_of_the_service_is_refused() {
    let rest = "  agentcore:
    endpoint: DEFAULT
    port: 8443
    path: mcp
    lifecycle: { maxLifetime: 9h }
    filesystems:
      - sessionStorage: { mountPath: /mnt/a }
      - capacityProviderVolume: { volumeName: v, mountPath: /mnt/a/ }
      - {}
      - sessionStorage: { mountPath: /tmp }
    allowedPorts: [9010-9000, 80, 9000, 9000]
    platformVersion: a b
";
    insta::assert_snapshot!(errors(rest).join("\n"), @"
    AC0109 deploy-plans/agent.yaml:8:3: `spec.agentcore.capacityProvider` is missing
    AC0110 deploy-plans/agent.yaml:9:15: `spec.agentcore.endpoint` must not be `DEFAULT`, the service's own endpoint, which follows every update
    AC0110 deploy-plans/agent.yaml:10:11: `spec.agentcore.port` must be a port from 8000 to 12000 other than 8443, not `8443`
    AC0110 deploy-plans/agent.yaml:11:11: `spec.agentcore.path` must be a path that begins with `/`, 2048 characters at most, not `mcp`
    AC0110 deploy-plans/agent.yaml:12:31: `spec.agentcore.lifecycle.maxLifetime` must not exceed 28800 seconds without `capacityProvider`
    AC0110 deploy-plans/agent.yaml:15:9: `spec.agentcore.filesystems[1]` mounts at `/mnt/a/` again
    AC0109 deploy-plans/agent.yaml:16:9: `spec.agentcore.filesystems[2]` needs one of `sessionStorage`, `efsAccessPoint`, `s3FilesAccessPoint`, `capacityProviderVolume`
    AC0110 deploy-plans/agent.yaml:17:38: `spec.agentcore.filesystems[3].sessionStorage.mountPath` must be a folder directly below `/mnt`, such as `/mnt/data`, 200 characters at most, not `/tmp`
    AC0110 deploy-plans/agent.yaml:18:20: `spec.agentcore.allowedPorts[0]` must be a port from 8000 to 12000, or a range of ports written like `9000-9010`, not `9010-9000`
    AC0110 deploy-plans/agent.yaml:18:31: `spec.agentcore.allowedPorts[1]` must be a port from 8000 to 12000, or a range of ports written like `9000-9010`, not `80`
    AC0110 deploy-plans/agent.yaml:18:41: `spec.agentcore.allowedPorts[3]` names `9000` again
    AC0110 deploy-plans/agent.yaml:19:22: `spec.agentcore.platformVersion` must be a platform version such as `V2`, not `a b`
    ");
}

#[test]
fn an_authorizer_that_accepts_every_token_of_its_issuer_is_refused() {
    let authorizer = |more: &str| {
        format!(
            "  agentcore:\n    authorizer:\n      customJWTAuthorizer:\n        \
             discoveryUrl: https://a.b/.well-known/openid-configuration\n{more}"
        )
    };
    assert_snapshot!(report(&agent_with(&authorizer(""))), @"
    error[AC0109]: `spec.agentcore.authorizer.customJWTAuthorizer` accepts every token of its issuer
      --> deploy-plans/agent.yaml:10:7
     9 |     authorizer:
    10 |       customJWTAuthorizer:
       |       ^^^^^^^^^^^^^^^^^^^
    hint: name at least one of `allowedAudience`, `allowedClients`, `allowedScopes` and `customClaims`
    ");
    let claims = "        customClaims: [{ claim: a, equals: b, contains: c }, { claim: a }, { claim: a, containsAny: [] }]\n";
    insta::assert_snapshot!(errors(&authorizer(claims)).join("\n"), @"
    AC0116 deploy-plans/agent.yaml:12:47: `spec.agentcore.authorizer.customJWTAuthorizer.customClaims[0].contains` cannot be used together with `spec.agentcore.authorizer.customJWTAuthorizer.customClaims[0].equals` (deploy-plans/agent.yaml:12:36)
    AC0109 deploy-plans/agent.yaml:12:62: `spec.agentcore.authorizer.customJWTAuthorizer.customClaims[1]` needs one of `equals`, `contains`, `containsAny`
    AC0110 deploy-plans/agent.yaml:12:101: `spec.agentcore.authorizer.customJWTAuthorizer.customClaims[2].containsAny` must name at least one
    ");
}

#[test]
fn a_network_on_agentcore_takes_more_security_groups() {
    let groups: Vec<_> = (0..6).map(|index| format!("sg-0000000{index}")).collect();
    let network = format!(
        "  network: {{ subnets: [subnet-00000000], securityGroups: [{}] }}\n",
        groups.join(", ")
    );
    let code = "path: ../agents/triage, entryPoint: [batch.py], runtime: node22";
    Files::of(&on_agentcore(code, &network)).load().unwrap();
}

#[test]
fn labels_leave_room_for_the_tags_of_agentctl() {
    let labelled = |count: usize, key: &str| {
        let labels: Vec<String> = (0..count).map(|number| format!("k{number}: v")).collect();
        let agent = AGENT.replace(
            "triage }",
            &format!("triage, labels: {{ {} }} }}", labels.join(", ")),
        );
        let files = Files::of(&format!("{agent}  encryption: {{ key: {key} }}\n"));
        files.load().err().map(|errors| lines(&errors).concat())
    };
    assert_eq!((labelled(44, "managed"), labelled(46, "aws")), (None, None));
    let refusal = |most, count| {
        format!(
            "AC0110 deploy-plans/agent.yaml:3:35: `metadata.labels` must hold {most} at most, not {count}: a resource takes 50 tags \
             together with agentctl's own"
        )
    };
    assert_eq!(labelled(45, "managed"), Some(refusal(44, 45)));
    assert_eq!(labelled(47, "aws"), Some(refusal(46, 47)));
}

#[test]
fn a_tool_or_region_that_is_named_twice_is_refused() {
    let agent = AGENT.replace(
        "prompt.md }",
        "prompt.md, tools: [prompt.md, s3://b-1/k, ./prompt.md, s3://b-1/k] }",
    );
    let project = format!("{PROJECT}spec: {{ regions: [us-east-1, eu-west-1, us-east-1] }}\n");
    let files = Files::of(&agent).with("deploy-plans/project.yaml", project);
    assert_eq!(
        files.errors(),
        [
            "AC0110 deploy-plans/agent.yaml:6:73: `spec.definition.tools[2]` names `./prompt.md` again",
            "AC0110 deploy-plans/agent.yaml:6:86: `spec.definition.tools[3]` names `s3://b-1/k` again",
            "AC0110 deploy-plans/project.yaml:4:41: `spec.regions[2]` names `us-east-1` again",
        ]
    );
}

#[test]
fn a_permissions_boundary_of_a_role_that_is_not_made_here_is_refused() {
    let iam = "  iam: { role: 'arn:aws:iam::111122223333:role/r', permissionsBoundary: 'arn:aws:iam::aws:policy/P' }\n";
    assert_eq!(
        errors(iam),
        [
            "AC0116 deploy-plans/agent.yaml:8:52: `spec.iam.permissionsBoundary` cannot be used together with `spec.iam.role` \
             (deploy-plans/agent.yaml:8:10)"
        ]
    );
}

#[test]
fn a_language_runtime_that_agentcore_no_longer_takes_is_refused() {
    let code = |runtime: &str, side: &str| {
        let code = format!("handler: batch.handler, entryPoint: [main.py], runtime: {runtime} }}");
        let agent = AGENT.replace("handler: batch.handler }", &code);
        let files = Files::of(&format!("{agent}  runtime: {side}\n"));
        files.load().err().map(|errors| lines(&errors).concat())
    };
    assert_eq!(
        code("python3.11", "agentcore").unwrap_or_default(),
        "AC0110 deploy-plans/agent.yaml:7:91: AgentCore has refused `code.runtime: python3.11` since 31 August 2026"
    );
    assert!(code("python3.10", "agentcore").is_some());
    assert_eq!(
        (
            code("python3.12", "agentcore"),
            code("python3.11", "lambda")
        ),
        (None, None)
    );
}

#[test]
fn what_has_no_effect_or_may_be_refused_is_a_warning_with_its_place() {
    let warnings = |agent: &str| {
        let found = Files::of(agent).agent().warnings();
        let lines: Vec<String> = found
            .iter()
            .map(|warning| format!("{}: {}", warning.position, warning.message))
            .collect();
        lines.join("\n")
    };
    let on_agentcore = agent_with("  runtime: agentcore\n")
        .replace("handler: batch.handler", "entryPoint: [main.py]");
    let layers = "  lambda: { layers: ['arn:aws:lambda:us-east-1:111122223333:layer:x:1'] }\n";
    insta::assert_snapshot!(
        [
            warnings(&agent_with("  lambda: { timeout: 30m }\n")),
            warnings(&format!("{on_agentcore}{layers}")),
            warnings(&format!("{on_agentcore}  observability: {{ enabled: true }}\n")),
            warnings(&agent_with("  observability: { serviceName: x, metricNamespace: y, otelEnv: explicit }\n")),
            warnings(&agent_with("").replace(
                "prompt.md }",
                "prompt.md, policyStatements: [{ Effect: Allow, Action: ['s3:GetObject', 's3:GetObjekt'], Resource: '*' }, { Effect: Deny, NotAction: 'dynamdb:*', Resource: '*' }] }",
            )),
        ]
        .join("\n"), @"
    deploy-plans/agent.yaml:8:22: `timeout` is 1800 s; Lambda takes more than 900 s only since November 2026, and perhaps not in every region yet
    deploy-plans/agent.yaml:9:21: layers have no effect on AgentCore: put the libraries into the code
    deploy-plans/agent.yaml:9:29: nothing exports traces: start `code.entryPoint` with `opentelemetry-instrument`, and put `aws-opentelemetry-distro` into the code
    deploy-plans/agent.yaml:8:53: `metricNamespace` has no effect without `observability.enabled: true`
    deploy-plans/agent.yaml:8:33: `serviceName` has no effect without `observability.enabled: true`
    deploy-plans/agent.yaml:8:65: `otelEnv` has no effect without `observability.enabled: true`
    deploy-plans/agent.yaml:6:103: AWS had no action `s3:GetObjekt` on 2026-10-27; did you mean `s3:GetObject` or `s3:GetObjectAcl` or `s3:DeleteObject`?
    deploy-plans/agent.yaml:6:164: AWS had no service `dynamdb` with actions on 2026-10-27; did you mean `dynamodb`?
    ");
    for quiet in [
        agent_with(&format!(
            "{layers}  observability: {{ enabled: true, serviceName: x }}\n"
        )),
        agent_with("  lambda: { timeout: 15m }\n"),
        format!("{on_agentcore}  lambda: {{ layers: [], timeout: 30m }}\n"),
        format!("{on_agentcore}  observability: {{ enabled: true }}\n")
            .replace("[main.py]", "[opentelemetry-instrument, main.py]"),
    ] {
        assert_eq!(warnings(&quiet), "", "{quiet}");
    }
}
