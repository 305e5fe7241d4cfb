//! The built-in local endpoint: one process serves a project's data, and other processes connect to it.
//!
//! The process that holds the lock on `.agentctl/local/lock` serves; the kernel releases the lock when that process ends.
//! Every process that uses an endpoint shares the lock on `.agentctl/local/users`. A command that serves beside its own work waits for them.

use std::io::{Read, Seek, SeekFrom, Write};
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use localstack::{Config, Delays, Endpoint, ServeError, StoreError};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The folder of a project's local data, from the project root.
const FOLDER: &str = ".agentctl/local";

/// How often a lock is read before its holder has written its port, and the pause between two reads.
const LOOKS: u32 = 40;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Why there is no local endpoint.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// One of its files or folders could not be used.
    #[error("could not use `{path}`")]
    File {
        path: Utf8PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// Its data could not be loaded.
    #[error("could not load the data of the local endpoint")]
    Store(#[source] StoreError),
    /// It could not listen.
    #[error("could not listen on 127.0.0.1:{port}")]
    Listen {
        /// The port; 0 for any free port.
        port: u16,
        #[source]
        source: std::io::Error,
    },
    /// It ended unexpectedly.
    #[error("the local endpoint ended")]
    Serve(#[source] ServeError),
    /// Another process serves the project already.
    #[error("process {pid} already serves this project's local endpoint on port {port}")]
    Served { pid: u32, port: u16 },
    /// Another process holds the lock and has not written its port.
    #[error("another process holds `{0}` and does not say where it listens")]
    Silent(Utf8PathBuf),
}

/// The server, as written in the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    pub pid: u32,
    /// The port on 127.0.0.1.
    pub port: u16,
}

impl Server {
    /// Returns the endpoint's URL.
    pub fn url(self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// A connection to a local endpoint.
#[derive(Debug)]
pub struct Local {
    pub server: Server,
    own: Option<Own>,
    users: Users,
}

/// How this process relates to other users of the endpoint.
#[derive(Debug)]
enum Users {
    /// It is one of them, as long as it holds this file.
    Among(std::fs::File),
    /// It only serves, until it is stopped.
    Apart,
}

/// An endpoint that this process serves.
#[derive(Debug)]
struct Own {
    _lock: std::fs::File,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Local {
    /// Connects to the endpoint that serves a project, or serves it from this process.
    pub async fn open(root: &Utf8Path) -> Result<Self, LocalError> {
        // Before anything else, so that a server that is about to end either sees this user or has ended.
        let users = join_users(root).await?;
        for _ in 0..LOOKS {
            match Lock::take(root)? {
                Lock::Free(file) => {
                    let users = Users::Among(users);
                    return Self::serve(root, file, 0, Delays::fast(), users).await;
                }
                Lock::Held(Some(server)) => {
                    return Ok(Self {
                        server,
                        own: None,
                        users: Users::Among(users),
                    });
                }
                Lock::Held(None) => tokio::time::sleep(LOOK_PAUSE).await,
            }
        }
        Err(LocalError::Silent(lock_path(root)))
    }

    /// Serves a project from this process on a port; fails if another process serves it.
    pub async fn begin(root: &Utf8Path, port: u16, delays: Delays) -> Result<Self, LocalError> {
        match Lock::take(root)? {
            Lock::Free(file) => Self::serve(root, file, port, delays, Users::Apart).await,
            Lock::Held(Some(Server { pid, port })) => Err(LocalError::Served { pid, port }),
            Lock::Held(None) => Err(LocalError::Silent(lock_path(root))),
        }
    }

    async fn serve(
        root: &Utf8Path,
        mut lock: std::fs::File,
        port: u16,
        delays: Delays,
        users: Users,
    ) -> Result<Self, LocalError> {
        let endpoint =
            Endpoint::new(Config::in_folder(data_path(root), delays)).map_err(LocalError::Store)?;
        let listen = |source| LocalError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .await
            .map_err(listen)?;
        let server = Server {
            pid: std::process::id(),
            port: listener.local_addr().map_err(listen)?.port(),
        };
        write_server(&mut lock, server).map_err(|source| LocalError::File {
            path: lock_path(root),
            source,
        })?;
        let (shutdown, signal) = oneshot::channel::<()>();
        let task = tokio::spawn(endpoint.serve(listener, async {
            // A dropped sender also means to stop.
            let _ = signal.await;
        }));
        Ok(Self {
            server,
            own: Some(Own {
                _lock: lock,
                shutdown,
                task,
            }),
            users,
        })
    }

    /// Finishes open requests, and stops serving if this process serves.
    ///
    /// A command that serves beside its own work waits for the others that use the endpoint.
    pub async fn close(self) -> Result<(), LocalError> {
        let Some(own) = self.own else { return Ok(()) };
        let _alone = match self.users {
            Users::Among(users) => Some(outlast_users(users).await?),
            Users::Apart => None,
        };
        // The server may have ended already; then nothing receives this.
        let _ = own.shutdown.send(());
        match own.task.await {
            Ok(ended) => ended.map_err(LocalError::Serve),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// Returns the server of a project, if one runs.
pub fn status(root: &Utf8Path) -> Result<Option<Server>, LocalError> {
    if !lock_path(root).exists() {
        return Ok(None);
    }
    match Lock::take(root)? {
        Lock::Free(_) => Ok(None),
        Lock::Held(Some(server)) => Ok(Some(server)),
        Lock::Held(None) => Err(LocalError::Silent(lock_path(root))),
    }
}

/// Deletes a project's local data; fails while a process serves it.
pub fn reset(root: &Utf8Path) -> Result<(), LocalError> {
    if !lock_path(root).exists() {
        return Ok(());
    }
    match Lock::take(root)? {
        Lock::Held(Some(Server { pid, port })) => Err(LocalError::Served { pid, port }),
        Lock::Held(None) => Err(LocalError::Silent(lock_path(root))),
        Lock::Free(_lock) => {
            let path = data_path(root);
            match fs_err::remove_dir_all(&path) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    Err(LocalError::File { path, source })
                }
                Ok(()) | Err(_) => Ok(()),
            }
        }
    }
}

/// The folder of the endpoint's data.
pub fn data_path(root: &Utf8Path) -> Utf8PathBuf {
    root.join(FOLDER).join("data")
}

fn lock_path(root: &Utf8Path) -> Utf8PathBuf {
    root.join(FOLDER).join("lock")
}

/// Becomes one of the users of the endpoint.
async fn join_users(root: &Utf8Path) -> Result<std::fs::File, LocalError> {
    let path = root.join(FOLDER).join("users");
    let file = |source| LocalError::File {
        path: path.clone(),
        source,
    };
    make_folder(root)?;
    let users = open_private(&path).map_err(file)?;
    // A process that holds it exclusively is about to end.
    while !is_locked(users.try_lock_shared()).map_err(file)? {
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    Ok(users)
}

/// Waits until there are no other users of the endpoint, and keeps new ones out.
async fn outlast_users(users: std::fs::File) -> Result<std::fs::File, LocalError> {
    let file = |source| LocalError::File {
        path: Utf8Path::new(FOLDER).join("users"),
        source,
    };
    users.unlock().map_err(file)?;
    while !is_locked(users.try_lock()).map_err(file)? {
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    Ok(users)
}

/// Returns true if the lock was acquired, and false if another process holds it.
fn is_locked(tried: Result<(), std::fs::TryLockError>) -> std::io::Result<bool> {
    match tried {
        Ok(()) => Ok(true),
        Err(std::fs::TryLockError::WouldBlock) => Ok(false),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

fn make_folder(root: &Utf8Path) -> Result<(), LocalError> {
    let path = root.join(FOLDER);
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&path)
        .map_err(|source| LocalError::File { path, source })
}

fn open_private(path: &Utf8Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

enum Lock {
    Free(std::fs::File),
    Held(Option<Server>),
}

impl Lock {
    fn take(root: &Utf8Path) -> Result<Self, LocalError> {
        let path = lock_path(root);
        let file = |source| LocalError::File {
            path: path.clone(),
            source,
        };
        make_folder(root)?;
        let mut lock = open_private(&path).map_err(file)?;
        match lock.try_lock() {
            Ok(()) => {
                // A reader that comes before this process writes its port must not find the port of the last server.
                lock.set_len(0).map_err(file)?;
                Ok(Self::Free(lock))
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                lock.read_to_string(&mut text).map_err(file)?;
                Ok(Self::Held(serde_json::from_str(&text).ok()))
            }
            Err(std::fs::TryLockError::Error(source)) => Err(file(source)),
        }
    }
}

fn write_server(lock: &mut std::fs::File, server: Server) -> std::io::Result<()> {
    lock.set_len(0)?;
    lock.seek(SeekFrom::Start(0))?;
    lock.write_all(&serde_json::to_vec(&server)?)?;
    lock.sync_data()
}
