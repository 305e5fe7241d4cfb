//! A proxy in front of an endpoint that holds one request, so that a test knows what a command waits for.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::served::Served;

/// How long a test waits for the chosen request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Chooses the request to hold, from its text.
type Choice = dyn FnMut(&str) -> bool + Send;

/// The proxy. It passes everything on unchanged.
pub(crate) struct Gate {
    pub(crate) url: String,
    arrived: Receiver<()>,
    barrier: Arc<Barrier>,
}

/// Where the chosen request waits.
struct Barrier {
    choice: Mutex<Box<Choice>>,
    arriving: Sender<()>,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Shut,
    Open,
    /// The chosen request is never passed on.
    Gone,
}

impl Gate {
    /// Starts a proxy in front of an endpoint that holds the chosen requests.
    pub(crate) fn before(
        served: &Served,
        choice: impl FnMut(&str) -> bool + Send + 'static,
    ) -> Self {
        let address = served.url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (arriving, arrived) = channel();
        let barrier = Arc::new(Barrier {
            choice: Mutex::new(Box::new(choice)),
            arriving,
            state: Mutex::new(State::Shut),
            moved: Condvar::new(),
        });
        // These threads end with their connections, and the first one with the process.
        std::thread::spawn({
            let barrier = barrier.clone();
            move || {
                for client in listener.incoming() {
                    let (client, barrier) = (client.unwrap(), barrier.clone());
                    let upstream = TcpStream::connect(&address).unwrap();
                    let back = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
                    std::thread::spawn(move || copy(back));
                    std::thread::spawn(move || barrier.pass(client, upstream));
                }
            }
        });
        Self {
            url,
            arrived,
            barrier,
        }
    }

    /// Waits until the chosen request has arrived.
    pub(crate) fn await_arrival(&self) {
        self.arrived
            .recv_timeout(PATIENCE)
            .expect("the request comes");
    }

    /// Passes everything on from now.
    pub(crate) fn open(&self) {
        self.barrier.turn(State::Open);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.barrier.turn(State::Gone);
    }
}

impl Barrier {
    fn turn(&self, state: State) {
        *self.state.lock().unwrap() = state;
        self.moved.notify_all();
    }

    /// Passes on one request after the other, the chosen one when the gate opens.
    fn pass(&self, client: TcpStream, mut upstream: TcpStream) {
        let mut client = BufReader::new(client);
        while let Some(request) = next_request(&mut client) {
            if (self.choice.lock().unwrap())(&String::from_utf8_lossy(&request)) {
                // The test that waits for it may have ended.
                let _ = self.arriving.send(());
                let state = self.state.lock().unwrap();
                let state = self.moved.wait_while(state, |state| *state == State::Shut);
                if *state.unwrap() == State::Gone {
                    break;
                }
            }
            if upstream.write_all(&request).is_err() {
                break;
            }
        }
        // Either side may have closed the connection.
        let _ = upstream.shutdown(Shutdown::Both);
    }
}

/// Reads a request with its body; nothing at the end of the connection.
fn next_request(client: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).ok()? == 0 {
            return None;
        }
        request.extend(line.as_bytes());
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let head = request.len();
    request.resize(head + length, 0);
    client.read_exact(&mut request[head..]).ok()?;
    Some(request)
}

fn copy((mut from, mut to): (TcpStream, TcpStream)) {
    // A broken connection has nothing more to copy.
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}
