use super::super::*;
use miette::GraphicalReportHandler;
#[test]
fn probe() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(dir.path()).unwrap();
    std::fs::create_dir_all(root.join("deploy-plans/prompts")).unwrap();
    std::fs::create_dir_all(root.join("agents/triage")).unwrap();
    std::fs::write(root.join("deploy-plans/prompts/triage.md"), "hi").unwrap();
    let cases: Vec<String> = vec![
        "apiVersion: agentctl.dev/v1alpha1\nkind: Project\nmetadata: {name: claims}\nspec:\n  region: us-east-1\n  acount: 3\n  defaults:\n    lambda: {timeout: 20m, memorySize: 99999}\n    environment: {TOKEN: 'sécret', AWS_REGION: x, é: 2}\n---\n---\napiVersion: agentctl.dev/v1alpha1\nkind: BatchAgent\nmetadata: {name: Invoice}\nspec:\n  runtime: agentcor\n  prompt: 12\n  definition:\n    systemPrompt: prompts/none.md\n    tools: [../../etc, /etc/passwd]\n    policyStatements:\n      - Effect: Alow\n        $x: 1\n        Action: s3\n        Condition: {StringEquals: {a: [true, 2, x], $b: 1}}\n  code: {path: ../agents/triage, image: x}\n  lambda:\n    timeout: 0\n    timeout: 1\n    layers: 3\n  observability:\n    retentionDays: 8\n    retentionDay: 8\n  agentcore: {instanceType: a, protocol: http, lifecycle: {idleTimeout: 8h, maxLifetime: 60}}\n  network: {subnets: []}\n".into(),
        "a: [\n".into(),
        "- 1\n".into(),
        "a: !Ref x\n".into(),
        "a:\n\t- b\n".into(),
        "? [1,2]\n: x\n".into(),
        "a: *b\n".into(),
        "{\"kind\": \"Projet\", \"apiVersion\": \"v1\", }".into(),
        "[".repeat(10000), "environment:\n  A: s\n  B: [\n".into(), format!("{{\"apiVersion\": \"{}\", \"kind\": \"é\", \"x\": \"{}\"}}", "a".repeat(500), "b".repeat(300)),
        (0..10000).map(|i| format!("{}a:\n", " ".repeat(i))).take(1000).collect::<String>(),
        "x: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f]\n".into(),
    ];
    for case in cases {
        std::fs::write(root.join("deploy-plans/a.yaml"), &case).unwrap();
        let t = std::time::Instant::now();
        let e = load(root, &Selection::all(), ProjectRule::Required).unwrap_err();
        let mut out = String::new();
        GraphicalReportHandler::new_themed(miette::GraphicalTheme::none())
            .with_width(120)
            .render_report(&mut out, &e)
            .unwrap();
        if out.len() > 20000 {
            out.truncate(3000);
        }
        println!("{out}\n======== {:?}", t.elapsed());
        println!("{:?}", e.iter().next().unwrap());
    }
}
