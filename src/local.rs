//! The built-in local AWS endpoint as agentctl runs it: one process serves a project's data, others connect to it.
//!
//! Who holds the lock on `.agentctl/local/lock` serves; the kernel gives the lock back when that process ends, however it ends.
//! Who uses an endpoint shares the lock on `.agentctl/local/users`: a command that serves beside its own work ends after them.

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

/// Where a project's local data is, from the project root.
const FOLDER: &str = ".agentctl/local";

/// How often a lock that is held is looked at before its holder has said its port, and how long apart locks are looked at.
const LOOKS: u32 = 40;
const LOOK_PAUSE: Duration = Duration::from_millis(50);

/// Why there is no local endpoint.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A file or folder of it could not be used.
    #[error("could not use `{path}`")]
    File {
        /// Which.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Its data could not be loaded.
    #[error("could not load the data of the local endpoint")]
    Store(#[source] StoreError),
    /// It could not listen.
    #[error("could not listen on 127.0.0.1:{port}")]
    Listen {
        /// The port; 0 for any.
        port: u16,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// It ended by itself.
    #[error("the local endpoint ended")]
    Serve(#[source] ServeError),
    /// Another process serves, so this one cannot.
    #[error("process {pid} already serves this project's local endpoint on port {port}")]
    Served {
        /// The process.
        pid: u32,
        /// Its port.
        port: u16,
    },
    /// Another process holds the lock and does not say where it listens.
    #[error("another process holds `{0}` and does not say where it listens")]
    Silent(Utf8PathBuf),
}

/// Who serves, as it stands in the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The process.
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

/// A local endpoint to talk to.
#[derive(Debug)]
pub struct Local {
    /// Who serves it.
    pub server: Server,
    own: Option<Own>,
    users: Users,
}

/// What this process has to do with those who use the endpoint.
#[derive(Debug)]
enum Users {
    /// It is one of them, as long as it holds this.
    Among(std::fs::File),
    /// It serves whoever comes until it is told to end.
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
        // First of all, so that a server that ends either knows of this one or is gone.
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

    /// Serves a project from this process on the given port; fails when another process does.
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
            // A dropped sender asks for the end as well.
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

    /// Lets the requests under way end, and stops serving if this process serves.
    ///
    /// A command that serves beside its own work waits for the others that use the endpoint.
    pub async fn close(self) -> Result<(), LocalError> {
        let Some(own) = self.own else { return Ok(()) };
        let _alone = match self.users {
            Users::Among(users) => Some(outlast_users(users).await?),
            Users::Apart => None,
        };
        // The server may have ended before; then there is nobody to tell.
        let _ = own.shutdown.send(());
        match own.task.await {
            Ok(ended) => ended.map_err(LocalError::Serve),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// Tells who serves a project, if anybody does.
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

/// Where the endpoint of a project keeps its data.
pub fn data_path(root: &Utf8Path) -> Utf8PathBuf {
    root.join(FOLDER).join("data")
}

fn lock_path(root: &Utf8Path) -> Utf8PathBuf {
    root.join(FOLDER).join("lock")
}

/// Becomes one of those who use the endpoint.
async fn join_users(root: &Utf8Path) -> Result<std::fs::File, LocalError> {
    let path = root.join(FOLDER).join("users");
    let file = |source| LocalError::File {
        path: path.clone(),
        source,
    };
    make_folder(root)?;
    let users = open_private(&path).map_err(file)?;
    // Somebody who holds it alone is about to end.
    while !is_locked(users.try_lock_shared()).map_err(file)? {
        tokio::time::sleep(LOOK_PAUSE).await;
    }
    Ok(users)
}

/// Waits until nobody else uses the endpoint, and keeps others from beginning to.
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

/// Tells whether a lock was taken, or is held by somebody else.
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
                // Whoever looks before this process says its port must not find that of the one before it.
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
