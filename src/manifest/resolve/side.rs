//! The side that an agent runs on: its code, and the blocks for both sides, of which `runtime` chooses one.

use super::finding::{Resolver, spec};
use crate::code::Code;
use crate::manifest::agent::{CodeSource, Lambda, RuntimeArtifact, Side};
use crate::manifest::agentcore::{AgentCoreSettings, DeploymentMethod};
use crate::manifest::code::{CodeRuntime, CodeSpec, S3Spec};
use crate::manifest::error::ManifestError;
use crate::manifest::lambda::LambdaSettings;
use crate::manifest::local::Wanted;
use crate::manifest::model::Runtime;
use crate::manifest::text::{EntryPointWord, Handler, ImageUri, S3Location};

// Lambda quotas: function layers.
const MAX_LAYERS: usize = 5;

/// The code as it is given for either side.
struct Given {
    archive: Option<CodeSource>,
    image: Option<ImageUri>,
    handler: Option<Handler>,
    entry_point: Option<Vec<EntryPointWord>>,
    language: CodeRuntime,
}

impl Resolver<'_> {
    /// Resolves the chosen side, and checks the block of the other, which may be there for a later switch.
    pub(super) fn side(
        &mut self,
        runtime: Runtime,
        code: Option<CodeSpec>,
        lambda: LambdaSettings,
        agentcore: AgentCoreSettings,
    ) -> Option<Side> {
        let given = self.code(code);
        // If the choice itself was refused, no key is required that only one of the sides needs.
        let is_chosen = !self.document.has_pruned(&spec("runtime"));
        match runtime {
            Runtime::Lambda => {
                let code = given.and_then(|given| self.lambda_code(given, is_chosen));
                self.agentcore(agentcore, None);
                self.lambda(lambda, code).map(Side::Lambda)
            }
            Runtime::AgentCore => {
                let method = agentcore.deployment_method;
                let artifact = given.and_then(|given| self.artifact(given, method));
                self.lambda(lambda, None);
                let agentcore = self.agentcore(agentcore, artifact)?;
                Some(Side::AgentCore(Box::new(agentcore)))
            }
        }
    }

    fn code(&mut self, written: Option<CodeSpec>) -> Option<Given> {
        let Some(written) = written else {
            if !self.document.has_pruned(&spec("code")) {
                let error = ManifestError::new(
                    Code::Unsupported,
                    "the default agent bundle is not supported by this version of agentctl",
                )
                .at(self.key_place("code"))
                .hint("name a folder as `code.path`");
                self.report(error);
            }
            return None;
        };
        if let Some(words) = &written.entry_point
            && !(1..=2).contains(&words.len())
            && !self.document.has_pruned(&spec("code.entryPoint"))
        {
            // Bedrock AgentCore control API, CodeConfiguration: entryPoint.
            self.illegal(&spec("code.entryPoint"), "must have one or two words");
        }
        let archive = match (&written.path, written.s3) {
            (Some(path), None) => self
                .local(&spec("code.path"), path, Wanted::Folder)
                .map(CodeSource::Local),
            (None, Some(s3)) => self.archive(s3),
            (Some(_), Some(_)) => {
                self.conflict(&spec("code.path"), &spec("code.s3"));
                None
            }
            (None, None) => None,
        };
        Some(Given {
            archive,
            image: written.image,
            handler: written.handler,
            entry_point: written.entry_point,
            language: written.runtime,
        })
    }

    fn archive(&mut self, written: S3Spec) -> Option<CodeSource> {
        if written.bucket.is_none() {
            self.missing("code.s3.bucket", "");
        }
        if written.key.is_none() {
            self.missing("code.s3.key", "");
        }
        Some(CodeSource::S3 {
            location: S3Location {
                bucket: written.bucket?,
                key: written.key?,
            },
            version: written.version_id,
        })
    }

    /// Returns the archive. Reports that it is missing, unless a key in its place was refused.
    fn demand_archive(&mut self, archive: Option<CodeSource>) -> Option<CodeSource> {
        let is_written = ["path", "s3", "image"].iter().any(|key| {
            let path = spec("code").key(key);
            self.document.has_pruned(&path) || self.is_written(&path)
        });
        if archive.is_none() && !is_written {
            self.missing("code.path", "name a folder");
        }
        archive
    }

    fn lambda_code(
        &mut self,
        given: Given,
        is_chosen: bool,
    ) -> Option<(CodeSource, Handler, CodeRuntime)> {
        if given.handler.is_none() && is_chosen {
            self.missing(
                "code.handler",
                "name the function that Lambda calls, `module.function`",
            );
        }
        if is_chosen && given.language == CodeRuntime::Node22 {
            let error = ManifestError::new(
                Code::Unsupported,
                "`code.runtime: node22` is not supported on Lambda by this version of agentctl",
            )
            .at(self.document.node.place_of(&spec("code.runtime")))
            .hint("use a Python runtime such as `python3.13`, or `runtime: agentcore`");
            self.report(error);
        }
        if is_chosen
            && given.image.is_some()
            && !self.is_written(&spec("code.path"))
            && !self.is_written(&spec("code.s3"))
        {
            let error = ManifestError::new(
                Code::Unsupported,
                "`code.image` is not supported on Lambda by this version of agentctl",
            )
            .at(self.key_place("code.image"))
            .hint("name a folder as `code.path`, or use `runtime: agentcore`");
            self.report(error);
        }
        let source = self.demand_archive(given.archive);
        Some((source?, given.handler?, given.language))
    }

    /// Chooses between archive and image: by the deployment method, or by the one that is given.
    fn artifact(
        &mut self,
        given: Given,
        method: Option<DeploymentMethod>,
    ) -> Option<RuntimeArtifact> {
        let has_archive = self.is_written(&spec("code.path")) || self.is_written(&spec("code.s3"));
        let has_image = given.image.is_some() || self.document.has_pruned(&spec("code.image"));
        let method = method.unwrap_or(if has_image && !has_archive {
            DeploymentMethod::Container
        } else {
            DeploymentMethod::DirectCode
        });
        match method {
            DeploymentMethod::Container => {
                if given.image.is_none() {
                    self.missing(
                        "code.image",
                        "name the image by its digest, or use `deploymentMethod: DIRECT_CODE`",
                    );
                }
                given.image.map(RuntimeArtifact::Image)
            }
            DeploymentMethod::DirectCode => {
                if given.entry_point.is_none() {
                    self.missing(
                        "code.entryPoint",
                        "name the file of the code that AgentCore starts, such as `[main.py]`",
                    );
                }
                if has_image && !has_archive {
                    self.missing(
                        "code.path",
                        "name a folder, or use `deploymentMethod: CONTAINER`",
                    );
                }
                self.refuse_ended(given.language);
                let source = self.demand_archive(given.archive);
                Some(RuntimeArtifact::Code {
                    source: source?,
                    entry_point: given.entry_point?,
                    language: given.language,
                })
            }
        }
    }

    /// Refuses a language runtime whose support on `AgentCore` has ended.
    fn refuse_ended(&mut self, language: CodeRuntime) {
        let name = match language {
            CodeRuntime::Python310 => "python3.10",
            CodeRuntime::Python311 => "python3.11",
            CodeRuntime::Python312
            | CodeRuntime::Python313
            | CodeRuntime::Python314
            | CodeRuntime::Node22 => return,
        };
        // AgentCore developer guide, "Supported runtimes": updates are blocked since that day.
        let message = format!("AgentCore has refused `code.runtime: {name}` since 31 August 2026");
        let error = ManifestError::new(Code::IllegalValue, message)
            .at(self.document.node.place_of(&spec("code.runtime")))
            .hint("use `python3.12` or later");
        self.report(error);
    }

    fn lambda(
        &mut self,
        settings: LambdaSettings,
        code: Option<(CodeSource, Handler, CodeRuntime)>,
    ) -> Option<Lambda> {
        self.list("lambda.layers", &settings.layers, ..=MAX_LAYERS);
        let (source, handler, language) = code?;
        Some(Lambda {
            source,
            handler,
            language,
            settings,
        })
    }
}
