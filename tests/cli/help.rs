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
      diff        Show what apply would change
      apply       Create, update and delete resources as the manifests declare
      destroy     Delete everything that agentctl created
      drift       Show what somebody else changed since the last apply
      versions    List the versions of an agent, and which one callers reach
      promote     Move callers to the version of an agent that was applied last, and release their pin
      rollback    Move callers to an older version of an agent, and pin them there
      unlock      Remove the lock of a run that died
      validate    Check the manifests and the files that they name
      status      Show whether the resources of agents are ready, when they were applied, and who holds
                  a lock
      outputs     Print the ARNs, names and ids of the resources of agents
      graph       Show the resources of agents, and the order in which they are created
      schema      Print the JSON Schema of manifests
      explain     Explain an error code
      completion  Print a script that completes commands and options in a shell
      local       Run, reset or show the built-in local AWS endpoint
      help        Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Global options:
          --local               Use the built-in local endpoint instead of AWS
          --region <REGION>     AWS region (default: the project's, then the AWS configuration's)
          --profile <NAME>      Profile of the AWS configuration to sign in with
          --account <ID>        Account that the credentials must belong to
          --endpoint-url <URL>  Endpoint for all AWS services, for servers that emulate AWS
          --env <NAME>          Environment to act on; agents of different environments share nothing
          --var <NAME=VALUE>    Value of `${var:NAME}` in manifests (can be repeated)
          --color <WHEN>        When to colour the output [default: auto] [possible values: auto,
                                always, never]
      -q, --quiet               Show errors and results only
      -v, --verbose...          Log more, for developers of agentctl (can be repeated)

    Each global option can be given as a variable too: --endpoint-url as AGENTCTL_ENDPOINT_URL.
    ");
}

/// The help of a command without the global options, which are the same for all commands.
fn own(command: &str) -> String {
    let help = TestEnvironment::empty().run(&format!("{command} --help"));
    let help = help.exits(0).stdout;
    help.split("\nGlobal options:").next().unwrap().to_owned()
}

#[test]
fn the_help_of_commands_that_change_or_compare_lists_their_own_options() {
    assert_snapshot!(own("diff"), @"
    Show what apply would change

    Usage: agentctl diff [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
          --exit-code        Exit with 2 when there are differences
          --out <FILE>       Save the plan, for `agentctl apply --plan FILE`
          --format <FORMAT>  Output format [default: text] [possible values: text, json, markdown]
      -h, --help             Print help
    ");
    assert_snapshot!(own("apply"), @"
    Create, update and delete resources as the manifests declare

    Usage: agentctl apply [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
          --plan <FILE>      Apply this plan, saved by `agentctl diff --out FILE`, and nothing else;
                             does not ask
      -y, --yes              Do not ask
          --format <FORMAT>  Output format of progress and result [default: text] [possible values:
                             text, json]
          --parallelism <N>  How many resources to change at a time [default: 16]
          --promote          Release pinned callers to the newest versions
          --fail-fast        Stop starting new steps after the first failure
          --with-others      Also delete what others use, and their aliases and endpoints on it
      -h, --help             Print help
    ");
    assert_snapshot!(own("destroy"), @"
    Delete everything that agentctl created

    Usage: agentctl destroy [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
      -y, --yes              Do not ask
          --format <FORMAT>  Output format of progress and result [default: text] [possible values:
                             text, json]
          --project <NAME>   Delete all agents of this project and environment, whether or not a
                             manifest declares them
          --with-others      Also delete what others use, and their aliases and endpoints on it
      -h, --help             Print help
    ");
    assert_snapshot!(own("drift"), @"
    Show what somebody else changed since the last apply

    Usage: agentctl drift [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
          --format <FORMAT>  Output format [default: text] [possible values: text, json, markdown]
          --ignore <FILE>    File that lists drift to ignore, each entry with an expiry date
      -h, --help             Print help
    ");
}

#[test]
fn the_help_of_commands_about_versions_lists_their_own_options() {
    assert_snapshot!(own("versions"), @"
    List the versions of an agent, and which one callers reach

    Usage: agentctl versions [OPTIONS] <AGENT>

    Arguments:
      <AGENT>  Name of the agent to act on

    Options:
          --delete <N>...    Delete these versions, and the permissions and objects that only they
                             needed (can be repeated)
      -y, --yes              Do not ask
          --format <FORMAT>  Output format of progress and result [default: text] [possible values:
                             text, json]
      -h, --help             Print help
    ");
    assert_snapshot!(own("promote"), @"
    Move callers to the version of an agent that was applied last, and release their pin

    Moves the alias or endpoint in one call and changes nothing else. If `--version` is not the newest,
    callers are pinned to it, as by `agentctl rollback AGENT`.

    Usage: agentctl promote [OPTIONS] <AGENT>

    Arguments:
      <AGENT>
              Name of the agent to act on

    Options:
          --version <N>
              Version to go to (default: the one that was applied last)

      -y, --yes
              Do not ask

          --format <FORMAT>
              Output format of progress and result
              
              [default: text]
              [possible values: text, json]

      -h, --help
              Print help (see a summary with '-h')
    ");
    assert_snapshot!(own("rollback"), @"
    Move callers to an older version of an agent, and pin them there

    Moves the alias or endpoint in one call and changes nothing else. `agentctl apply` still publishes
    new versions, but does not move callers until `agentctl promote AGENT` or `agentctl apply
    --promote`.

    Usage: agentctl rollback [OPTIONS] <AGENT>

    Arguments:
      <AGENT>
              Name of the agent to act on

    Options:
          --version <N>
              Version to go back to (default: the one before the served version)

          --reason <TEXT>
              Reason; shown by `diff` and `versions` while callers are pinned

      -y, --yes
              Do not ask

          --format <FORMAT>
              Output format of progress and result
              
              [default: text]
              [possible values: text, json]

      -h, --help
              Print help (see a summary with '-h')
    ");
}

#[test]
fn the_help_of_commands_that_only_report_lists_their_own_options() {
    assert_snapshot!(own("validate"), @"
    Check the manifests and the files that they name

    Usage: agentctl validate [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
          --format <FORMAT>  Output format [default: text] [possible values: text, json]
      -h, --help             Print help
    ");
    assert_snapshot!(own("schema"), @"
    Print the JSON Schema of manifests

    Usage: agentctl schema [OPTIONS]

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(own("unlock"), @"
    Remove the lock of a run that died

    This is rarely needed: the next run takes over a lock whose holder sent no heartbeat for five
    minutes. A run that is still working notices within a minute that its lock is gone, and stops.

    Usage: agentctl unlock [OPTIONS] <AGENT>

    Arguments:
      <AGENT>
              Name of the agent to act on

    Options:
      -y, --yes
              Do not ask

          --format <FORMAT>
              Output format of progress and result
              
              [default: text]
              [possible values: text, json]

      -h, --help
              Print help (see a summary with '-h')
    ");
    assert_snapshot!(own("status"), @"
    Show whether the resources of agents are ready, when they were applied, and who holds a lock

    Usage: agentctl status [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
          --format <FORMAT>  Output format [default: text] [possible values: text, json]
      -h, --help             Print help
    ");
    assert_snapshot!(own("outputs"), @"
    Print the ARNs, names and ids of the resources of agents

    Usage: agentctl outputs [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
          --format <FORMAT>  Output format [default: text] [possible values: text, json]
      -h, --help             Print help
    ");
    assert_snapshot!(own("graph"), @"
    Show the resources of agents, and the order in which they are created

    Usage: agentctl graph [OPTIONS] [AGENT|PATH]...

    Arguments:
      [AGENT|PATH]...  Agents to act on, by name or by manifest file or folder (all when none)

    Options:
          --format <FORMAT>  Output format [default: text] [possible values: text, mermaid, dot]
      -h, --help             Print help
    ");
    assert_snapshot!(own("explain"), @"
    Explain an error code

    Usage: agentctl explain [OPTIONS] [CODE]

    Arguments:
      [CODE]  Error code, such as AC0105 (all codes are listed when none)

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(own("completion"), @"
    Print a script that completes commands and options in a shell

    Usage: agentctl completion [OPTIONS] <SHELL>

    Arguments:
      <SHELL>  Shell of the script [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(own("local"), @"
    Run, reset or show the built-in local AWS endpoint

    Usage: agentctl local [OPTIONS] <COMMAND>

    Commands:
      serve   Serve the local endpoint until interrupted, for the AWS CLI and other clients
      reset   Delete all data of this project's local endpoint
      status  Show the process that serves this project's local endpoint
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help
    ");
    assert_snapshot!(own("local serve"), @"
    Serve the local endpoint until interrupted, for the AWS CLI and other clients

    Usage: agentctl local serve [OPTIONS]

    Options:
          --port <N>          Port on 127.0.0.1 (any free one when 0) [default: 4566]
          --delays <PROFILE>  How long operations take: as long as in AWS, a moment, or no time
                              [default: fast] [possible values: real, fast, none]
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

      tip: some similar subcommands exist: 'drift', 'diff'

    Usage: agentctl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --exitcode"), @"
    exit 64
    --- stderr
    error: unexpected argument '--exitcode' found

      tip: a similar argument exists: '--exit-code'

    Usage: agentctl diff --exit-code [AGENT|PATH]...

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
    error: the argument '--project <NAME>' cannot be used with '[AGENT|PATH]...'

    Usage: agentctl destroy --project <NAME> [AGENT|PATH]...

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --var size"), @"
    exit 64
    --- stderr
    error: invalid value 'size' for '--var <NAME=VALUE>': must be a name and a value, `NAME=VALUE`

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --var 1st=x"), @"
    exit 64
    --- stderr
    error: invalid value '1st=x' for '--var <NAME=VALUE>': the name must be letters, digits and `_`, no digit first

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("diff --var size=1 --var size=2"), @"
    exit 64
    --- stderr
    error: '--var size=…' is given twice

    Usage: agentctl [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("explain AC0155"), @"
    exit 64
    --- stderr
    error: invalid value 'AC0155' for '[CODE]': there is no such code; did you mean `AC0105`?

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("explain nonsense"), @"
    exit 64
    --- stderr
    error: invalid value 'nonsense' for '[CODE]': there is no such code; `agentctl explain` lists the codes

    For more information, try '--help'.
    ");
    environment.run("").exits(64);
    environment.run("local").exits(64);
}

#[test]
fn the_number_of_agents_is_checked_and_empty_names_are_refused() {
    let environment = TestEnvironment::empty();
    assert_snapshot!(environment.run("versions"), @"
    exit 64
    --- stderr
    error: the following required arguments were not provided:
      <AGENT>

    Usage: agentctl versions <AGENT>

    For more information, try '--help'.
    ");
    assert_snapshot!(environment.run("versions one two"), @"
    exit 64
    --- stderr
    error: unexpected argument 'two' found

    Usage: agentctl versions [OPTIONS] <AGENT>

    For more information, try '--help'.
    ");
    let empty = environment.command("destroy -y").arg("").spawn();
    assert_snapshot!(environment.finish(empty.unwrap()), @"
    exit 64
    --- stderr
    error: a value is required for '[AGENT|PATH]...' but none was supplied

    For more information, try '--help'.
    ");
}

#[test]
fn flags_in_variables_have_the_usual_spellings() {
    for (value, status) in [("1", 0), ("true", 0), ("0", 1), ("no", 1), ("perhaps", 64)] {
        let environment = TestEnvironment::triage().variable("AGENTCTL_LOCAL", value);
        // Without the local endpoint, there are no credentials.
        environment.run("diff").exits(status);
    }
}

#[test]
fn an_option_takes_precedence_over_its_variable() {
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

#[test]
fn completions_have_every_command_and_only_data_is_printed() {
    let environment = TestEnvironment::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = environment.run(&format!("completion {shell}")).exits(0);
        for word in ["destroy", "exit-code", "endpoint-url"] {
            assert!(script.stdout.contains(word), "{shell} lacks `{word}`");
        }
        assert_eq!(script.stderr, "");
    }
}
