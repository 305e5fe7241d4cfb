//! The files and folders that manifests name as code, tools and prompts. Nothing inside them is a manifest.

use camino::{Utf8Path, Utf8PathBuf};

use super::decode::Document;
use super::error::ManifestError;
use super::local::plain;
use super::node::{Node, Path};
use super::source::{ManifestFile, Place};
use crate::code::Code;

/// What the manifests that were read so far name.
#[derive(Debug, Default)]
pub(super) struct NamedFiles(Vec<Named>);

#[derive(Debug)]
struct Named {
    /// With symbolic links followed.
    path: Utf8PathBuf,
    /// The file that names it.
    by: ManifestFile,
    /// The text that messages show.
    written: String,
    place: Place,
}

impl NamedFiles {
    /// Adds what a document of a file names. The spec of an agent is at the given path.
    pub(super) fn add(
        &mut self,
        root: &Utf8Path,
        by: &ManifestFile,
        document: &Document,
        spec: &Path,
    ) {
        let definition = spec.key("definition");
        let texts = [
            spec.key("code").key("path"),
            definition.key("systemPrompt"),
            definition.key("tools"),
        ];
        for path in texts {
            let Some(node) = document.node.find(&path) else {
                continue;
            };
            let items = node.items().iter().map(|item| &item.node);
            for node in std::iter::once(node).chain(items) {
                self.0.extend(Self::named(root, by, node));
            }
        }
    }

    fn named(root: &Utf8Path, by: &ManifestFile, node: &Node) -> Option<Named> {
        let text = node.as_text().filter(|text| !text.is_empty())?;
        let relative = plain(&node.place.folder().join(text))?;
        let path = root.join(relative).canonicalize_utf8().ok()?;
        path.starts_with(root).then(|| Named {
            path,
            by: by.clone(),
            written: node.written(&Path::default()).unwrap_or(text).to_owned(),
            place: node.place.clone(),
        })
    }

    /// Returns whether a canonical path is named, or is inside a folder that is.
    pub(super) fn holds(&self, canonical: &Utf8Path) -> bool {
        self.0
            .iter()
            .any(|named| canonical.starts_with(&named.path))
    }

    /// Reports manifests inside a folder that another manifest names: they would have to be both.
    ///
    /// A file that names the folder itself is allowed in it, and is not packed.
    pub(super) fn refuse_manifests(
        &self,
        manifests: &[ManifestFile],
        errors: &mut Vec<ManifestError>,
    ) {
        for named in &self.0 {
            let inside = manifests.iter().find(|manifest| {
                let names_it = || {
                    let mut own = self.0.iter().filter(|own| own.by == **manifest);
                    own.any(|own| own.path == named.path)
                };
                manifest.canonical.starts_with(&named.path) && !names_it()
            });
            if let Some(manifest) = inside {
                let message = format!("`{}` holds the manifest `{}`", named.written, manifest.path);
                errors.push(
                    ManifestError::new(Code::ManifestInCode, message)
                        .at(&named.place)
                        .hint("give code and tools a folder of their own, without manifests"),
                );
            }
        }
    }
}
