//! Between a command and AWS: a proxy, and certificates of a private authority.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use insta::assert_snapshot;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::TestEnvironment;

/// A proxy that refuses every connection and keeps the requests.
struct Proxy {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn begin() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let reported = asked.clone();
        // Ends with the process, as its listener does.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                reported.lock().unwrap().push(line.trim_end().to_owned());
                let refusal = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
                stream.get_mut().write_all(refusal).unwrap();
            }
        });
        Self { url, asked }
    }

    fn environment(&self) -> TestEnvironment {
        TestEnvironment::triage()
            .signed_in()
            .variable("HTTPS_PROXY", &self.url)
            .variable("HTTP_PROXY", &self.url)
    }

    fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap().clone();
        // The call is retried.
        asked.dedup();
        asked
    }
}

fn file(name: &str) -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cli/tls")
        .join(name)
}

#[test]
fn a_proxy_is_used_for_aws_even_with_a_private_authority() {
    let tunnel = ["CONNECT sts.us-east-1.amazonaws.com:443 HTTP/1.1".to_owned()];
    let proxy = Proxy::begin();
    assert_snapshot!(proxy.environment().run("diff"), @"
    exit 1
    --- stderr
    error[AC0307]: sts GetCallerIdentity: client error (Connect): tunnel error: unsuccessful
    hint: check the network, `HTTPS_PROXY` and `NO_PROXY`, and `AWS_ENDPOINT_URL` if it is set
    ");
    assert_eq!(proxy.asked(), tunnel);

    let proxy = Proxy::begin();
    let environment = proxy.environment();
    let environment = environment.variable("AWS_CA_BUNDLE", file("authority.pem").as_str());
    environment.run("diff").exits(1);
    assert_eq!(proxy.asked(), tunnel);
}

#[test]
fn a_proxy_is_not_used_for_hosts_in_no_proxy() {
    let proxy = Proxy::begin();
    let environment = proxy.environment().variable("NO_PROXY", "localhost");
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    environment
        .run(&format!("diff --endpoint-url https://localhost:{port}"))
        .exits(1);
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

/// Answers every call over TLS as STS does for account 444455556666.
fn serve_over_tls() -> String {
    let pem = file("server.pem");
    let certificates = CertificateDer::pem_file_iter(&pem).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            certificates.map(Result::unwrap).collect(),
            PrivateKeyDer::from_pem_file(&pem).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            // A client that does not trust the certificate hangs up.
            let _ = answer(StreamOwned::new(connection, stream.unwrap()));
        }
    });
    format!("https://localhost:{port}")
}

fn answer(stream: impl Read + Write) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length])?;
    let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::444455556666:user/ada</Arn><UserId>AIDA</UserId><Account>444455556666</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.get_mut().write_all(head.as_bytes())?;
    stream.get_mut().write_all(body.as_bytes())?;
    stream.get_mut().flush()
}

#[test]
fn a_private_authority_is_trusted_only_if_its_bundle_is_named() {
    let arguments = format!(
        "diff --account 111122223333 --endpoint-url {}",
        serve_over_tls()
    );
    let environment = TestEnvironment::triage().signed_in();
    assert_snapshot!(environment.run(&arguments), @"
    exit 1
    --- stderr
    error[AC0307]: sts GetCallerIdentity: client error (Connect): TLS handshake failed: invalid peer certificate: UnknownIssuer
    hint: the certificate of the server is not trusted; set `AWS_CA_BUNDLE` to the file of the authority that signed it
    ");
    let environment = environment.variable("AWS_CA_BUNDLE", file("authority.pem").as_str());
    assert_snapshot!(environment.run(&arguments), @"
    exit 1
    --- stderr
    error[AC0302]: the credentials belong to account 444455556666, `--account` names 111122223333
    hint: sign in to the other account, or choose another `--profile`
    ");
}
