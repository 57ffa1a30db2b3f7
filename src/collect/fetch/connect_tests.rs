//! Proxies and certificates, against servers on loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::tests::{get, options};
use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nrain";

/// The first line of a request, whose head is read to its end.
fn head(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let _ = lines.find(String::is_empty);
    first
}

/// A proxy that answers everything itself, and what it was asked.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            log.lock().expect("no panic").push(head(&stream));
            let _ = stream.write_all(ANSWER);
        }
    });
    (address, asked)
}

#[test]
fn through_a_proxy_names_are_the_proxys_to_resolve_and_literal_addresses_are_judged() {
    let (address, asked) = proxy();
    let guarded = FetchOptions { proxy: Some(address.clone()), allow_private_hosts: false, ..options() };
    let url = |text: &str| Url::parse(text).expect("an address");
    // No machine resolves `.invalid` (RFC 6761), and the proxy itself is on loopback.
    assert_eq!(get(&guarded, url("http://pictures.invalid/p")).expect("fetched").body, b"rain");
    assert_eq!(*asked.lock().expect("no panic"), ["GET http://pictures.invalid/p HTTP/1.1"]);
    for private in ["http://127.0.0.1/p", "http://[::1]/p", "http://169.254.169.254/", address.as_str()] {
        assert!(matches!(get(&guarded, url(private)), Err(FetchError::PrivateAddress(_))), "{private}");
    }
    assert_eq!(asked.lock().expect("no panic").len(), 1);
}

#[test]
fn a_proxy_that_is_down_is_told_and_nothing_goes_past_it() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let (target, asked) = proxy();
    let options = FetchOptions { proxy: Some(format!("http://127.0.0.1:{port}")), ..options() };
    let answer = get(&options, Url::parse(&target).expect("an address"));
    assert!(matches!(answer, Err(FetchError::Connect { .. })), "{answer:?}");
    assert!(asked.lock().expect("no panic").is_empty());
}

/// An https server whose certificate is signed by an authority that nobody knows; the authority's certificate.
fn https_server() -> (Url, String) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("signed");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &authority).expect("signed");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.into())
        .expect("a certificate");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut tls = rustls::StreamOwned::new(connection, stream);
            let mut request = [0; 2048];
            if tls.read(&mut request).is_ok() {
                let _ = tls.write_all(ANSWER);
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    });
    (Url::parse(&format!("https://localhost:{port}/p")).expect("an address"), authority.pem())
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused_until_the_user_names_it() {
    let (url, authority) = https_server();
    let refused = get(&options(), url.clone());
    assert!(matches!(refused, Err(FetchError::Connect { .. })), "{refused:?}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), authority).expect("written");
    let trusting = FetchOptions { ca: Some(file.path().to_owned()), ..options() };
    assert_eq!(get(&trusting, url).expect("fetched").body, b"rain");
}

#[test]
fn a_file_without_certificates_is_told_at_once() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    for text in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"] {
        std::fs::write(file.path(), text).expect("written");
        let options = FetchOptions { ca: Some(file.path().to_owned()), ..options() };
        assert!(matches!(Fetcher::new(options), Err(FetchError::Setup(_))), "{text}");
    }
}
