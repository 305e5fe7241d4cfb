//! The block for `AgentCore`: defaults, and the limits of its control API for several keys together.

use std::collections::BTreeSet;

use super::finding::{Resolver, spec};
use crate::code::Code;
use crate::manifest::agent::{
    AgentCore, Claim, ClaimRule, Filesystem, JwtAuthorizer, RuntimeArtifact, Storage,
};
use crate::manifest::agentcore::{
    AgentCoreSettings, AuthorizerSpec, ClaimSpec, FilesystemSpec, Lifecycle, MAX_LIFETIME,
};
use crate::manifest::error::ManifestError;
use crate::manifest::node::Path;

// Bedrock AgentCore control API, RequestHeaderConfiguration, FilesystemConfigurations, AllowedPorts.
const MAX_HEADERS: usize = 20;
const MAX_FILESYSTEMS: usize = 5;
const MAX_PORT_RANGES: usize = 5;

const JWT: &str = "agentcore.authorizer.customJWTAuthorizer";

impl Resolver<'_> {
    /// Checks the block, whether or not it was chosen, and combines it with what is deployed.
    pub(super) fn agentcore(
        &mut self,
        mut settings: AgentCoreSettings,
        artifact: Option<RuntimeArtifact>,
    ) -> Option<AgentCore> {
        let has_provider = settings.capacity_provider.is_some()
            || self
                .document
                .has_pruned(&spec("agentcore.capacityProvider"));
        self.lifecycle(settings.lifecycle, has_provider);
        let headers = &settings.request_headers;
        self.list("agentcore.requestHeaders", headers, 1..=MAX_HEADERS);
        let ports = &settings.allowed_ports;
        self.list("agentcore.allowedPorts", ports, 1..=MAX_PORT_RANGES);
        let filesystems = std::mem::take(&mut settings.filesystems);
        let filesystems = self.filesystems(filesystems, has_provider);
        let authorizer = match settings.authorizer.take() {
            Some(authorizer) => Some(self.authorizer(authorizer)?),
            None => None,
        };
        Some(AgentCore {
            artifact: artifact?,
            authorizer,
            filesystems: filesystems?,
            settings,
        })
    }

    fn lifecycle(&mut self, lifecycle: Lifecycle, has_provider: bool) {
        let (idle, most) = (lifecycle.idle_timeout(), lifecycle.max_lifetime);
        let block = spec("agentcore.lifecycle");
        if !has_provider && most > MAX_LIFETIME {
            let limit = MAX_LIFETIME.get();
            let rule = format!("must not exceed {limit} seconds without `capacityProvider`");
            self.illegal(&block.key("maxLifetime"), rule);
        }
        if idle > most {
            let rule = format!(
                "must not exceed `maxLifetime`, which is {} seconds",
                most.get()
            );
            self.illegal(&block.key("idleTimeout"), rule);
        }
    }

    fn filesystems(
        &mut self,
        written: Vec<FilesystemSpec>,
        has_provider: bool,
    ) -> Option<Vec<Filesystem>> {
        let list = spec("agentcore.filesystems");
        let count = written.len();
        if count > MAX_FILESYSTEMS {
            self.illegal(
                &list,
                format!("must name {MAX_FILESYSTEMS} at most, not {count}"),
            );
        }
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for (index, one) in written.into_iter().enumerate() {
            let path = self.document.item(&list, index);
            let filesystem = self.filesystem(&path, one);
            if let Some(Filesystem {
                mount_path,
                storage,
            }) = &filesystem
            {
                let place = mount_path.as_str().trim_end_matches('/').to_owned();
                if !seen.insert(place) {
                    let key = match storage {
                        Storage::Session => "sessionStorage",
                        Storage::Efs(_) => "efsAccessPoint",
                        Storage::S3Files(_) => "s3FilesAccessPoint",
                        Storage::CapacityProviderVolume(_) => "capacityProviderVolume",
                    };
                    let mount_path = self.shown(&path.key(key).key("mountPath"), mount_path);
                    self.illegal(&path, format!("mounts at `{mount_path}` again"));
                }
                if matches!(storage, Storage::CapacityProviderVolume(_)) && !has_provider {
                    self.missing(
                        "agentcore.capacityProvider",
                        "name the capacity provider that has the volume",
                    );
                }
            }
            found.push(filesystem);
        }
        found.into_iter().collect()
    }

    fn filesystem(&mut self, path: &Path, written: FilesystemSpec) -> Option<Filesystem> {
        let choices = [
            written.session_storage.map(|storage| Filesystem {
                mount_path: storage.mount_path,
                storage: Storage::Session,
            }),
            written.efs_access_point.map(|point| Filesystem {
                mount_path: point.mount_path,
                storage: Storage::Efs(point.arn),
            }),
            written.s3_files_access_point.map(|point| Filesystem {
                mount_path: point.mount_path,
                storage: Storage::S3Files(point.arn),
            }),
            written.capacity_provider_volume.map(|volume| Filesystem {
                mount_path: volume.mount_path,
                storage: Storage::CapacityProviderVolume(volume.volume_name),
            }),
        ];
        let keys = [
            "sessionStorage",
            "efsAccessPoint",
            "s3FilesAccessPoint",
            "capacityProviderVolume",
        ];
        self.one_of(path, keys.into_iter().zip(choices))
    }

    fn authorizer(&mut self, written: AuthorizerSpec) -> Option<JwtAuthorizer> {
        let mut settings = written.custom_jwt;
        let list = |key: &str| format!("{JWT}.{key}");
        self.list(&list("allowedAudience"), &settings.allowed_audience, 1..);
        self.list(&list("allowedClients"), &settings.allowed_clients, 1..);
        self.list(&list("allowedScopes"), &settings.allowed_scopes, 1..);
        let claims = self.claims(std::mem::take(&mut settings.custom_claims));
        let lists = [
            "allowedAudience",
            "allowedClients",
            "allowedScopes",
            "customClaims",
        ];
        if !lists.iter().any(|key| self.is_written(&spec(JWT).key(key)))
            && !self.document.has_pruned(&spec(JWT))
        {
            let message = format!("`{}` accepts every token of its issuer", spec(JWT));
            let error = ManifestError::new(Code::MissingKey, message)
                .at(self.key_place(JWT))
                .hint("name at least one of `allowedAudience`, `allowedClients`, `allowedScopes` and `customClaims`");
            self.report(error);
        }
        let claims = claims?;
        Some(JwtAuthorizer { settings, claims })
    }

    fn claims(&mut self, written: Vec<ClaimSpec>) -> Option<Vec<Claim>> {
        let path = spec(JWT).key("customClaims");
        if written.is_empty() && self.is_written(&path) && !self.document.has_pruned(&path) {
            self.illegal(&path, "must name at least one");
        }
        let mut claims = Vec::new();
        for (index, claim) in written.into_iter().enumerate() {
            let path = self.document.item(&path, index);
            claims.push(self.claim(&path, claim));
        }
        claims.into_iter().collect()
    }

    fn claim(&mut self, path: &Path, written: ClaimSpec) -> Option<Claim> {
        let rules = [
            ("equals", written.equals.map(ClaimRule::Equals)),
            ("contains", written.contains.map(ClaimRule::Contains)),
            (
                "containsAny",
                written.contains_any.map(ClaimRule::ContainsAny),
            ),
        ];
        let rule = self.one_of(path, rules)?;
        if let ClaimRule::ContainsAny(values) = &rule {
            let values_path = path.key("containsAny");
            if values.is_empty() && !self.document.has_pruned(&values_path) {
                self.illegal(&values_path, "must name at least one");
            }
        }
        Some(Claim {
            name: written.claim,
            rule,
        })
    }

    /// Returns the one that is given of several keys that exclude each other.
    fn one_of<'k, T>(
        &mut self,
        path: &Path,
        choices: impl IntoIterator<Item = (&'k str, Option<T>)>,
    ) -> Option<T> {
        let mut chosen: Option<(&str, T)> = None;
        let mut keys = Vec::new();
        for (key, choice) in choices {
            keys.push(format!("`{key}`"));
            let Some(choice) = choice else { continue };
            if let Some((first, _)) = &chosen {
                self.conflict(&path.key(first), &path.key(key));
                return None;
            }
            chosen = Some((key, choice));
        }
        if chosen.is_none() && !self.document.has_pruned(path) {
            let message = format!("`{path}` needs one of {}", keys.join(", "));
            let place = self.document.node.place_of(path);
            self.report(ManifestError::new(Code::MissingKey, message).at(place));
        }
        chosen.map(|(_, choice)| choice)
    }
}
