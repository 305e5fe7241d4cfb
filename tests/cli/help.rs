//! Help, version, and wrong command lines.

use insta::assert_snapshot;

use crate::support::TestEnvironment;

#[test]
fn the_help_lists_every_command_and_global_option() {
    assert_snapshot!(TestEnvironment::empty().run("--help"), @"
    exit 0
    --- stdout
    Deploy AI agents to AWS directly through its APIs, with no state file

    Usage: agentctl [OPTIONS] <COMMAND>

    Commands:
      diff      Show what apply would change
      apply     Bring AWS to what the manifests declare
      destroy   Delete everything that agentctl made
      validate  Check the manifests and the files that they name
      schema    Print the JSON Schema of manifests
      local     Run, empty or look at the built-in local AWS endpoint
      help      Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Global options:
          --local               Use the built-in local endpoint instead of AWS
          --region <REGION>     AWS region (default: the project's, then the AWS configuration's)
          --profile <NAME>      Profile of the AWS configuration to sign in with
          --account <ID>        Account that the credentials must belong to
          --endpoint-url <URL>  Endpoint of all AWS services, for servers that stand in for AWS
          --env <NAME>          Environment to act on; agents of different environments share nothing
          --color <WHEN>        When to colour the output [default: auto] [possible values: auto,
                                always, never]
      -q, --quiet               Show errors and results only
      -v, --verbose...          Log more, for developers of agentctl (can be repeated)

    Each global option can be given as a variable too: --endpoint-url as AGENTCTL_ENDPOINT_URL.
    ");
}

#[test]
fn the_help_of_each_command_lists_its_own_options() {
    let environment = TestEnvironment::empty();
    // Global options are the same everywhere.
    let own = |command: &str| {
        let help = environment
            .run(&format!("{command} --help"))
            .exits(0)
            .stdout;
        help.split("\nGlobal options:").next().unwrap().to_owned()
    };
    assert_snapshot!(own("diff"), @"
    Show what apply would change

    Usage: agentctl diff [OPTIONS] [PATH]...

    Arguments:
      [PATH]...  Manifest files or folders to act on (all when none)

    Options:
          --exit-code        Exit with 2 when there are differences
          --out <FILE>       Save the plan, for `agentctl apply --plan FILE`
          --format <FORMAT>  How the plan is written [default: text] [possible values: text, json,
                             markdown]
      -h, --help             Print help
    ");
    assert_snapshot!(own("apply"), @"
    Bring AWS to what the manifests declare

    Usage: agentctl apply [OPTIONS] [PATH]...

    Arguments:
      [PATH]...  Manifest files or folders to act on (all when none)

    Options:
          --plan <FILE>      Apply this plan, saved by `agentctl diff --out FILE`, and nothing else;
                             does not ask
      -y, --yes              Do not ask
          --format <FORMAT>  How progress and result are written [default: text] [possible values: text,
                             json]
          --parallelism <N>  How many resources to work on at a time [default: 16]
      -h, --help             Print help
    ");
    assert_snapshot!(own("destroy"), @"
    Delete everything that agentctl made

    Usage: agentctl destroy [OPTIONS] [PATH]...

    Arguments:
      [PATH]...  Manifest files or folders to act on (all when none)

    Options:
      -y, --yes              Do not ask
          --format <FORMAT>  How progress and result are written [default: text] [possible values: text,
                             json]
          --project <NAME>   Delete all agents of this project and environment, whether or not a
                             manifest declares them
      -h, --help             Print help
    ");
    assert_snapshot!(own("validate"), @"
    Check the manifests and the files that they name

    Usage: agentctl validate [OPTIONS] [PATH]...

    Arguments:
      [PATH]...  Manifest files or folders to act on (all when none)

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(own("schema"), @"
    Print the JSON Schema of manifests

    Usage: agentctl schema [OPTIONS]

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(own("local"), @"
    Run, empty or look at the built-in local AWS endpoint

    Usage: agentctl local [OPTIONS] <COMMAND>

    Commands:
      serve   Serve this project's local endpoint until interrupted, for the AWS CLI and other clients
      reset   Delete everything that this project's local endpoint holds
      status  Tell who serves this project's local endpoint
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(own("local serve"), @"
    Serve this project's local endpoint until interrupted, for the AWS CLI and other clients

    Usage: agentctl local serve [OPTIONS]

    Options:
          --port <N>          Port on 127.0.0.1 (any free one when 0) [default: 4566]
          --delays <PROFILE>  How long things take: as in AWS, just long enough to be met, or no time at
                              all [default: fast] [possible values: real, fast, none]
      -h, --help              Print help
    ");
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = concat!("agentctl ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(
        TestEnvironment::empty().run("--version").exits(0).raw,
        version
    );
}

#[test]
fn a_wrong_command_line_ends_with_64_and_says_what_is_wrong() {
    let environment = TestEnvironment::empty();
    assert_snapshot!(environment.run("dif"), @"
    exit 64
    --- stderr
    error: unrecognized subcommand 'dif'

      tip: a similar subcommand exists: 'diff'

    Usage: agentctl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --exitcode"), @"
    exit 64
    --- stderr
    error: unexpected argument '--exitcode' found

      tip: a similar argument exists: '--exit-code'

    Usage: agentctl diff --exit-code [PATH]...

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("apply --parallelism 0"), @"
    exit 64
    --- stderr
    error: invalid value '0' for '--parallelism <N>': 0 is not in 1..=256

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --account 12"), @"
    exit 64
    --- stderr
    error: invalid value '12' for '--account <ID>': must be the twelve digits of an AWS account, not `12`

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --local --profile x"), @"
    exit 64
    --- stderr
    error: '--local' and '--profile' exclude each other

    Usage: agentctl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --env Prod"), @"
    exit 64
    --- stderr
    error: invalid value 'Prod' for '--env <NAME>': must be lower-case letters, digits and hyphens, a letter first, 20 characters at most

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("destroy x --project y"), @"
    exit 64
    --- stderr
    error: the argument '[PATH]...' cannot be used with '--project <NAME>'

    Usage: agentctl destroy <PATH>...

    For more information, try '--help'.
    ");
    environment.run("").exits(64);
    environment.run("local").exits(64);
}

#[test]
fn flags_in_variables_are_taken_as_people_write_them() {
    for (value, status) in [("1", 0), ("true", 0), ("0", 1), ("no", 1), ("perhaps", 64)] {
        let environment = TestEnvironment::triage().variable("AGENTCTL_LOCAL", value);
        // Without the local endpoint nobody is signed in.
        environment.run("diff").exits(status);
    }
}

#[test]
fn what_is_typed_beats_what_variables_say() {
    let closed = "http://127.0.0.1:1";
    let far = TestEnvironment::triage().variable("AGENTCTL_ENDPOINT_URL", closed);
    far.run("diff --local").exits(0);
    far.run(&format!("diff --local --endpoint-url {closed}"))
        .exits(64);
    let near = TestEnvironment::triage()
        .variable("AGENTCTL_LOCAL", "1")
        .signed_in();
    near.run(&format!("diff --endpoint-url {closed}")).exits(1);
    near.variable("AGENTCTL_PROFILE", "x").run("diff").exits(64);
}
