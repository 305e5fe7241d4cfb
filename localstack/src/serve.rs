//! The endpoint over TCP, on loopback only.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::endpoint::{Endpoint, Reset};

/// The largest body: Lambda takes 250 MB unzipped through S3, and a test needs no more.
const LARGEST_BODY: usize = 300 * 1024 * 1024;

/// Why the endpoint does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener can be reached from other machines.
    #[error("`{0}` is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The listener failed.
    #[error("could not accept connections")]
    Accept(#[source] std::io::Error),
}

/// Why a connection ends without an answer.
#[derive(Debug, thiserror::Error)]
enum Dropped {
    #[error(transparent)]
    Reset(#[from] Reset),
    #[error("the body could not be read")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Endpoint {
    /// Serves connections until `shutdown` is ready and the requests under way are answered.
    ///
    /// Refuses a listener beyond loopback.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ServeError> {
        let address = listener.local_addr().map_err(ServeError::Accept)?;
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback(address));
        }
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        tokio::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(self.clone(), stream, graceful.watcher()));
                    }
                    // The client went away before it was accepted.
                    Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
                    Err(error) => return Err(ServeError::Accept(error)),
                },
                Some(ended) = connections.join_next() => report(ended),
            }
        }
        graceful.shutdown().await;
        while let Some(ended) = connections.join_next().await {
            report(ended);
        }
        Ok(())
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Dropped> {
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, LARGEST_BODY).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                let mut response = Response::new(Full::default());
                *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
                return Ok(response);
            }
            Err(error) => return Err(Dropped::Body(error)),
        };
        Ok(self
            .handle(Request::from_parts(parts, body))
            .await?
            .map(Full::new))
    }
}

async fn connection(endpoint: Endpoint, stream: TcpStream, watcher: Watcher) {
    let service = service_fn(move |request| {
        let endpoint = endpoint.clone();
        async move { endpoint.answer(request).await }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let served = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    // An error of one connection (a reset that was ordered, a client that went away) concerns nobody else.
    if let Err(error) = watcher.watch(served).await {
        tracing::debug!(%error, "connection ended");
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "connection failed");
    }
}
