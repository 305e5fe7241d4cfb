//! The input of a command: the manifests, and AWS with the account of the credentials.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::args::Globals;
use super::failure::Failure;
use super::stop::Stop;
use crate::aws::config::{self, Target};
use crate::aws::profile::has_credentials_in_environment;
use crate::aws::{Access, Clients, Identity};
use crate::code::Code;
use crate::event::Events;
use crate::expand::{Destination, Expansion, Prepared, owner_of, prepare, prepare_names};
use crate::local::Local;
use crate::manifest::{
    self, AccountId, Agent, FileRule, Manifests, Project, ProjectRule, Selection, Variables,
};
use crate::resource::fault::Fault;
use crate::resource::owner::Owner;
use crate::resource::site::{Site, partition_of};
use crate::run::Engine;
use crate::ui::command::Command;
use crate::ui::hint::{self, Hint};
use crate::ui::{Advice, Effort, Heading, Terminal};

/// How long the local endpoint may take to end without a message.
const UNNOTICED: Duration = Duration::from_secs(1);

/// The manifests of the project around the working directory.
pub(super) struct Declared {
    pub(super) manifests: Manifests,
}

impl Declared {
    /// Reads all manifests, and selects agents.
    pub(super) fn load(globals: &Globals, selection: &Selection) -> Result<Self, Failure> {
        Self::load_by(globals, selection, FileRule::Required)
    }

    /// Reads all manifests as [`Self::load`] does, whether or not the files that they name exist.
    pub(super) fn load_names(globals: &Globals, selection: &Selection) -> Result<Self, Failure> {
        Self::load_by(globals, selection, FileRule::Ignored)
    }

    fn load_by(globals: &Globals, selection: &Selection, files: FileRule) -> Result<Self, Failure> {
        let variables = Variables::new(globals.variables.clone(), std::env::vars_os());
        let rule = if globals.local {
            ProjectRule::OptionalLocal
        } else {
            ProjectRule::Required
        };
        let start = working_directory()?;
        let manifests = manifest::load_by(&start, selection, rule, files, &variables)?;
        if manifests.selected.is_empty() {
            return Err(Failure::new("no agents are declared in `deploy-plans`")
                .code(Code::UnknownAgent)
                .hint(
                    Advice::from("write a manifest with `kind: BatchAgent` there; ")
                        .command(Command::DestroyProject {
                            project: manifests.project.name.to_string(),
                        })
                        .text(" deletes agents that are no longer declared"),
                ));
        }
        Ok(Self { manifests })
    }

    /// Returns the agents that were selected.
    pub(super) fn agents(&self) -> impl Iterator<Item = &Agent> {
        self.manifests
            .project
            .agents
            .iter()
            .filter(|agent| self.manifests.selected.contains(&agent.name))
    }

    /// Writes what the user may want to know of the selected agents.
    pub(super) fn warn(&self, terminal: &Terminal) {
        for warning in self.agents().flat_map(Agent::warnings) {
            terminal.note(&format!(
                "warning: {}: {}",
                warning.position, warning.message
            ));
        }
    }

    /// Returns whether every agent is selected.
    pub(super) fn is_whole(&self) -> bool {
        self.agents().count() == self.manifests.project.agents.len()
    }

    /// Digests the selected agents' files, and finds every mistake that needs no account.
    pub(super) fn prepare(&self, globals: &Globals) -> Result<Prepared<'_>, Failure> {
        Ok(self.prepare_anywhere(globals)?.0)
    }

    /// Prepares the selected agents, and expands them for a placeholder account.
    pub(super) fn prepare_anywhere(
        &self,
        globals: &Globals,
    ) -> Result<(Prepared<'_>, Expansion), Failure> {
        let prepared = prepare(&self.manifests.root, &self.manifests.project, self.agents())?;
        // Limits depend on the lengths of names, and an account id has the same length everywhere.
        let site = self.stand_in(globals);
        let region = configured_region(globals, Some(&self.manifests.project));
        let of_project = self.manifests.project.account.as_ref();
        let account = of_project.or(globals.account.as_ref());
        prepared.check_places(Destination {
            region: region.as_deref(),
            // The local endpoint has no real accounts.
            account: account.filter(|_| !globals.local).map(AccountId::as_str),
        })?;
        let expansion = prepared.expand(&site, globals.env())?;
        Ok((prepared, expansion))
    }

    /// Prepares the selected agents without their files, if only names are needed.
    pub(super) fn prepare_names(&self) -> Prepared<'_> {
        prepare_names(&self.manifests.project, self.agents())
    }

    /// Prepares the selected agents, signs in, and expands them for the account and region.
    pub(super) async fn open(&self, globals: &Globals, access: Access) -> Result<Opened, Failure> {
        let prepared = self.prepare(globals)?;
        let Manifests { project, root, .. } = &self.manifests;
        let session = Session::open(globals, Some(project), root, access).await?;
        prepared.check_places(Destination {
            region: Some(&session.site.region),
            account: (!globals.local).then_some(session.site.account.as_str()),
        })?;
        Ok(Opened {
            expansion: session.expand(&prepared, globals)?,
            owners: self.owners(&session.site, globals.env()),
            heading: session.heading(globals, project.name.as_str(), self.sides()),
            session,
        })
    }

    /// A placeholder for the account and region, for checks before signing in.
    fn stand_in(&self, globals: &Globals) -> Site {
        let project = &self.manifests.project;
        let first = || project.regions.first().map(ToString::to_string);
        let region = configured_region(globals, Some(project))
            .or_else(first)
            .unwrap_or_else(|| "us-east-1".to_owned());
        let account = project
            .account
            .as_ref()
            .map_or_else(|| config::LOCAL_ACCOUNT.to_owned(), ToString::to_string);
        Site {
            partition: partition_of(&region).to_owned(),
            account,
            region,
        }
    }

    /// Returns the side of each selected agent.
    pub(super) fn sides(&self) -> BTreeMap<String, String> {
        self.agents()
            .map(|agent| (agent.name.to_string(), agent.side.as_str().to_owned()))
            .collect()
    }

    /// Returns the owner of each selected agent's resources.
    pub(super) fn owners(&self, site: &Site, env: &str) -> Vec<Owner> {
        self.agents()
            .map(|agent| owner_of(&self.manifests.project, agent, site, env))
            .collect()
    }
}

/// Finds the project root around the working directory, for commands that read no manifests.
pub(super) fn root() -> Result<Utf8PathBuf, Failure> {
    Ok(manifest::root(&working_directory()?)?)
}

pub(super) fn working_directory() -> Result<Utf8PathBuf, Failure> {
    let folder = std::env::current_dir()
        .map_err(|error| Failure::new(format!("could not find the working directory: {error}")))?;
    Utf8PathBuf::from_path_buf(folder).map_err(|folder| {
        Failure::new(format!(
            "the working directory `{}` has a name that is not UTF-8",
            folder.display()
        ))
    })
}

/// The selected agents, in the account and region of the credentials.
pub(super) struct Opened {
    pub(super) session: Session,
    pub(super) expansion: Expansion,
    pub(super) owners: Vec<Owner>,
    pub(super) heading: Heading,
}

/// AWS or an endpoint that replaces it, as one account in one region.
pub(super) struct Session {
    pub(super) site: Site,
    pub(super) identity: Identity,
    clients: Arc<Clients>,
    endpoint: Option<String>,
    local: Option<Local>,
}

impl Session {
    /// Signs in, and refuses an account that the project or the command line excludes.
    pub(super) async fn open(
        globals: &Globals,
        project: Option<&Project>,
        root: &Utf8Path,
        access: Access,
    ) -> Result<Self, Failure> {
        let local = if globals.local {
            Some(Local::open(root).await?)
        } else {
            None
        };
        let target = match &local {
            Some(local) => Target::Local {
                endpoint_url: local.server.url(),
            },
            None => Target::Aws {
                profile: globals.profile.clone(),
                endpoint_url: globals.endpoint_url.clone(),
            },
        };
        let config = config::load(&target, configured_region(globals, project).as_deref()).await?;
        let endpoint = match target {
            Target::Local { .. } => Some("local endpoint".to_owned()),
            // From the command line, the environment or a profile.
            Target::Aws { .. } => config.endpoint_url().map(str::to_owned),
        };
        let guards = guards(globals, project, endpoint.as_deref())?;
        let region = config.region().map(ToString::to_string);
        let region = region.filter(|region| !region.is_empty()).ok_or_else(|| {
            Failure::new("no region is set")
                .code(Code::NoRegion)
                .hint("add `region` to the project's manifest, or give `--region`")
        })?;
        let clients = Arc::new(Clients::new(&config, access));
        let identity = match clients.identity().await {
            Ok(identity) => identity,
            Err(fault) => return Err(not_signed_in(fault, globals)),
        };
        if let Some((who, account)) = guards
            .iter()
            .find(|(_, account)| *account != identity.account)
        {
            let text = format!(
                "the credentials belong to account {}, {who} {account}",
                identity.account
            );
            return Err(Failure::new(text)
                .code(Code::WrongAccount)
                .hint("sign in to the other account, or choose another `--profile`"));
        }
        let site = Site {
            partition: identity.partition.clone(),
            account: identity.account.clone(),
            region,
        };
        Ok(Self {
            site,
            identity,
            clients,
            endpoint,
            local,
        })
    }

    /// Expands the selected agents for this account and region.
    pub(super) fn expand(
        &self,
        prepared: &Prepared<'_>,
        globals: &Globals,
    ) -> Result<Expansion, Failure> {
        Ok(prepared.expand(&self.site, globals.env())?)
    }

    /// Creates an engine that sends these events.
    pub(super) fn engine(&self, events: Events) -> Engine {
        Engine::new(self.clients.clone(), self.site.clone(), events)
    }

    /// Returns what the calls since a time cost.
    pub(super) fn effort(&self, began: Instant) -> Effort {
        Effort {
            calls: self.clients.calls(),
            elapsed: began.elapsed(),
        }
    }

    /// Returns the heading of every plan and prompt.
    pub(super) fn heading(
        &self,
        globals: &Globals,
        project: &str,
        sides: BTreeMap<String, String>,
    ) -> Heading {
        Heading {
            project: project.to_owned(),
            account: self.site.account.clone(),
            region: self.site.region.clone(),
            env: globals.env().to_owned(),
            identity: Some(self.identity.arn.clone()),
            endpoint: self.endpoint.clone(),
            sides,
            effort: None,
            invocation: globals.invocation.clone(),
        }
    }

    /// Ends the local endpoint if this process serves it: after its other users, or at once when the user interrupts.
    pub(super) async fn close(self, stop: &Stop, terminal: &Terminal) -> Result<(), Failure> {
        stop.close();
        let Some(local) = self.local else {
            return Ok(());
        };
        let note = async {
            tokio::time::sleep(UNNOTICED).await;
            terminal.note(
                "other commands still use the local endpoint that this command serves; it ends after them, or with Ctrl-C",
            );
            std::future::pending::<()>().await;
        };
        tokio::select! {
            closed = local.close() => Ok(closed?),
            () = stop.released() => Ok(()),
            () = note => Ok(()),
        }
    }
}

/// Adds a hint to the error of the first call, if the command line or the environment may be wrong.
fn not_signed_in(fault: Fault, globals: &Globals) -> Failure {
    let is_named = globals.profile.is_some();
    let chosen = || std::env::var("AWS_PROFILE").ok();
    let profile = globals.profile.clone().or_else(chosen);
    let hint = match (hint::of(&fault), &globals.endpoint_url, profile) {
        (Some(Hint::Connection), Some(url), _) => Some(format!(
            "check that a server answers at the endpoint: `{url}`"
        )),
        (Some(Hint::SignInAgain), ..) if !is_named && has_credentials_in_environment() => Some(
            "the credentials in `AWS_ACCESS_KEY_ID` and its related variables have expired; set new ones, or unset them to sign in with a profile"
                .to_owned(),
        ),
        (Some(Hint::SignInAgain), _, Some(profile)) => Some(format!(
            "the session has expired; sign in again with `aws sso login --profile {profile}`"
        )),
        (Some(Hint::SignIn), _, Some(profile)) => {
            Some(format!("sign in with `aws sso login --profile {profile}`"))
        }
        _ => None,
    };
    let failure = Failure::from(fault);
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The only accepted accounts, each with its source. In CI, where nobody reads the heading, one is required.
fn guards(
    globals: &Globals,
    project: Option<&Project>,
    endpoint: Option<&str>,
) -> Result<Vec<(&'static str, String)>, Failure> {
    if globals.local {
        return Ok(Vec::new());
    }
    let of_project = project.and_then(|project| project.account.as_ref());
    let guards: Vec<(&'static str, String)> = of_project
        .map(|account| ("the project is for", account.to_string()))
        .into_iter()
        .chain(
            globals
                .account
                .as_ref()
                .map(|account| ("`--account` names", account.to_string())),
        )
        .collect();
    // An explicit endpoint is not AWS.
    if guards.is_empty() && is_ci() && endpoint.is_none() {
        return Err(Failure::new("in CI the account must be named")
            .code(Code::NoAccountInCi)
            .hint("add `account` to the project's manifest, or give `--account`"));
    }
    Ok(guards)
}

/// Returns whether this runs in CI, without a user at the terminal.
pub(super) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

fn configured_region(globals: &Globals, project: Option<&Project>) -> Option<String> {
    globals
        .region
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| {
            project
                .and_then(|project| project.region.as_ref())
                .map(ToString::to_string)
        })
}

/// Returns the folder for the journals of a project.
pub(super) fn journal_folder(root: &Utf8Path) -> Utf8PathBuf {
    root.join(".agentctl/journal")
}
