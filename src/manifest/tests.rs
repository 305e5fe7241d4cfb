//! Claims about manifests, each shown on files in a folder of its own.

mod probe;
