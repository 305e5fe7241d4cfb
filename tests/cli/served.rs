//! An endpoint in the test process for commands with `--endpoint-url`: a test can inspect it and make it fail.

use std::net::Ipv4Addr;
use std::thread::JoinHandle;

use localstack::{Config, Delays, Endpoint, ServeError};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::support::{TestEnvironment, Transcript};

/// A served endpoint. Dropping it ends the server.
pub(crate) struct Served {
    pub(crate) endpoint: Endpoint,
    pub(crate) url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Served {
    /// Serves an empty endpoint without delays.
    pub(crate) fn begin() -> Self {
        Self::with(Delays::none())
    }

    /// Serves an empty endpoint with delays.
    pub(crate) fn with(delays: Delays) -> Self {
        Self::of(Endpoint::new(Config::in_memory(delays)).unwrap())
    }

    /// Serves an endpoint.
    pub(crate) fn of(endpoint: Endpoint) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (answer, port) = std::sync::mpsc::channel();
        let thread = std::thread::spawn({
            let endpoint = endpoint.clone();
            move || {
                Runtime::new().unwrap().block_on(async {
                    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                    answer.send(listener.local_addr().unwrap().port()).unwrap();
                    let shutdown = async {
                        let _ = stopped.await;
                    };
                    endpoint.serve(listener, shutdown).await
                })
            }
        });
        Self {
            endpoint,
            url: format!("http://127.0.0.1:{}", port.recv().unwrap()),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Runs a command with this endpoint.
    pub(crate) fn run(&self, environment: &TestEnvironment, arguments: &str) -> Transcript {
        environment.run(&format!("{arguments} --endpoint-url {}", self.url))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        let served = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            served.unwrap().unwrap();
        }
    }
}
