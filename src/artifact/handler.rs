//! Checks that the file that a Lambda handler names is in the tree.

use super::tree::Tree;

/// Why a handler cannot work with a tree.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandlerError {
    /// The handler does not name a file and a function.
    #[error("handler `{handler}` is not of the form `<file>.<function>`")]
    Malformed { handler: String },
    /// The file is not in the tree.
    #[error("handler `{handler}` needs {} in `{folder}`", alternatives(needs))]
    Missing {
        handler: String,
        /// The files of which one is needed.
        needs: Vec<String>,
        folder: String,
    },
}

/// Checks that the tree has the file that a handler names.
///
/// `runtime` is Lambda's name for it (`python3.13`, `nodejs22.x`). Handlers of other languages name no file and always pass. The handler
/// of a layer is not in the tree, and must not be checked here.
pub fn check_handler(tree: &Tree, handler: &str, runtime: &str) -> Result<(), HandlerError> {
    let needs = if runtime.starts_with("python") {
        python_files(handler)
    } else if runtime.starts_with("nodejs") {
        node_files(handler)
    } else {
        return Ok(());
    };
    let needs = needs.ok_or_else(|| HandlerError::Malformed {
        handler: handler.to_owned(),
    })?;
    if needs.iter().any(|path| tree.entry(path).is_some()) || is_native_module(tree, &needs[0]) {
        return Ok(());
    }
    Err(HandlerError::Missing {
        handler: handler.to_owned(),
        needs,
        folder: tree.folder().to_owned(),
    })
}

/// Python: the last dot separates module and function; dots and slashes in the module separate packages.
// aws-lambda-python-runtime-interface-client, bootstrap.py, _get_handler.
fn python_files(handler: &str) -> Option<Vec<String>> {
    let (module, function) = handler.rsplit_once('.')?;
    let module = module.replace('.', "/");
    if !is_path(&module) || function.is_empty() {
        return None;
    }
    Some(vec![
        format!("{module}.py"),
        format!("{module}/__init__.py"),
    ])
}

/// Node.js: the first dot of the last path segment separates file and export, which can have dots of its own.
// aws-lambda-nodejs-runtime-interface-client, UserFunction.js, _splitHandlerString and _tryRequire.
fn node_files(handler: &str) -> Option<Vec<String>> {
    let name_start = handler.rfind('/').map_or(0, |slash| slash + 1);
    let (name, export) = handler[name_start..].split_once('.')?;
    let module = format!("{}{name}", &handler[..name_start]);
    if !is_path(&module) || export.is_empty() {
        return None;
    }
    let files = [".js", ".mjs", ".cjs", ""].map(|extension| format!("{module}{extension}"));
    Some(files.to_vec())
}

fn is_path(module: &str) -> bool {
    module.split('/').all(|segment| !segment.is_empty())
}

/// Python also imports compiled modules, `batch.cpython-313-aarch64-linux-gnu.so` for `batch.py`.
fn is_native_module(tree: &Tree, source: &str) -> bool {
    let Some(module) = source.strip_suffix("py") else {
        return false;
    };
    tree.entries().iter().any(|entry| {
        let rest = entry.path().strip_prefix(module);
        rest.is_some_and(|rest| !rest.contains('/') && rest.rsplit('.').next() == Some("so"))
    })
}

fn alternatives(paths: &[String]) -> String {
    let quoted: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    quoted.join(" or ")
}
