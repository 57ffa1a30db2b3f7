//! Where requests may go: content reaches public addresses only, and no packet is sent to find out.
//!
//! A literal address is judged before the request, a name when it has been resolved, and both again after each
//! redirect. Through a proxy the names of targets are not resolved here, so there only literal addresses are judged.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::FetchError;

/// A name or literal address that leads into a private network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a public address")]
pub(super) struct PrivateAddress(pub(super) String);

/// Whether an address belongs to the public Internet (the IANA special-purpose address registries, RFC 6890).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        // This network, private use, loopback (RFC 1122, RFC 1918); multicast, reserved, broadcast.
        [0 | 10 | 127 | 224..=255, ..] | [172, 16..=31, ..] | [192, 168, ..] => false,
        // Shared by carriers (RFC 6598); link-local, where clouds keep their metadata (RFC 3927).
        [100, 64..=127, ..] | [169, 254, ..] => false,
        // Protocol assignments, 6to4 relays, benchmarks, documentation (RFC 6890, 7526, 2544, 5737).
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => false,
        _ => true,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4 written as IPv6, and translated (RFC 4291 2.5.5.2, RFC 6052).
        [0, 0, 0, 0, 0, 0xFFFF, high, low] | [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => embedded(high, low),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => embedded(high, low),
        // Protocol assignments with Teredo, documentation (RFC 2928, RFC 3849, RFC 9637).
        [0x2001, 0..=0x1FF | 0xDB8, ..] | [0x3FFF, 0..=0xFFF, ..] => false,
        // All global unicast lies in 2000::/3 (RFC 4291 2.4).
        [first, ..] => first & 0xE000 == 0x2000,
    }
}

/// Whether an address is one that proxy programs with a virtual network card (fake-IP mode, common in China) give for
/// every name. It lies in the range for benchmarks, where nobody's servers are.
fn is_stand_in(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if matches!(address.octets(), [198, 18 | 19, ..]))
}

/// Ports on which other services than the web listen, which may be harmed by a request that content chose (the port
/// blocking of the WHATWG's Fetch standard).
#[rustfmt::skip]
const OTHER_SERVICES: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
    111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
    540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
    6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
];

/// Keeps the requests of content away from private networks.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    /// The names of proxies, which are the user's, so that they may be anywhere.
    proxies: Arc<BTreeSet<String>>,
}

impl Guard {
    pub(super) fn new(proxies: BTreeSet<String>) -> Self {
        Self { proxies: Arc::new(proxies) }
    }

    /// Judges an address before anything is sent: its port, and its host when that is a literal address.
    pub(super) fn admit(&self, url: &Url) -> Result<(), FetchError> {
        let private = |host: &str| Err(FetchError::PrivateAddress(host.to_owned()));
        match url.host() {
            Some(Host::Ipv4(address)) if !is_public(IpAddr::V4(address)) => return private(&address.to_string()),
            Some(Host::Ipv6(address)) if !is_public(IpAddr::V6(address)) => return private(&address.to_string()),
            // It is not judged when it is resolved.
            Some(Host::Domain(name)) if self.is_proxy(name) => return private(name),
            Some(_) => {}
            None => return Err(FetchError::BadAddress("the address has no host".to_owned())),
        }
        match url.port() {
            Some(port) if OTHER_SERVICES.contains(&port) => {
                Err(FetchError::BadAddress(format!("port {port} is not one of web servers")))
            }
            _ => Ok(()),
        }
    }

    fn is_proxy(&self, name: &str) -> bool {
        self.proxies.contains(&name.trim_end_matches('.').to_ascii_lowercase())
    }

    /// The addresses of a name that may be connected to. Nothing is resolved again after this.
    fn select(&self, name: &str, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, PrivateAddress> {
        if self.is_proxy(name) {
            return Ok(addresses);
        }
        let found_none = addresses.is_empty();
        let open = |address: &SocketAddr| is_public(address.ip()) || is_stand_in(address.ip());
        let public: Vec<SocketAddr> = addresses.into_iter().filter(open).collect();
        if public.is_empty() && !found_none { Err(PrivateAddress(name.to_owned())) } else { Ok(public) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let selected = guard.select(name.as_str(), addresses)?;
            Ok(Box::new(selected.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(text: &str) -> bool {
        is_public(text.parse().expect("an address"))
    }

    #[test]
    fn private_ranges_are_refused_to_their_edges() {
        for text in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.2",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    #[test]
    fn public_addresses_are_let_through() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.5.5.5",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:4860:4860::8888",
            "2002:808:808::",
            "2408:8000::1",
        ] {
            assert!(public(text), "{text}");
        }
    }

    fn admitted(url: &str) -> Result<(), FetchError> {
        Guard::new(BTreeSet::from(["proxy.example".to_owned()])).admit(&Url::parse(url).expect("an address"))
    }

    #[test]
    fn literal_addresses_are_judged_in_every_spelling() {
        for url in [
            "http://127.0.0.2/",
            "http://127.1/",
            "http://0x7f.1/",
            "http://0/",
            "http://2130706433/",
            "http://017700000001/",
            "http://0x7F.0x0.0x0.0x1/",
            "http://127.0.0.1./",
            "http://１２７.０.０.１/",
            "http://%31%32%37.0.0.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://0xA9FEA9FE/",
            "http://public.example@10.0.0.1/",
            "http://1.1.1.1:80@192.168.0.1/",
            "http:\\\\127.0.0.1\\x",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[64:ff9b::a00:1]/",
            "http://[fd00:ec2::254]/",
        ] {
            assert!(matches!(admitted(url), Err(FetchError::PrivateAddress(_))), "{url}");
        }
        for url in
            ["http://1.1.1.1/", "http://10.0.0.1@1.1.1.1/", "https://[2606:4700:4700::1111]/", "http://a.example/"]
        {
            assert_eq!(admitted(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn content_names_ports_of_web_servers_only() {
        for port in [22, 25, 110, 143, 6000, 6667] {
            let answer = admitted(&format!("https://a.example:{port}/"));
            assert!(matches!(answer, Err(FetchError::BadAddress(_))), "{port}: {answer:?}");
        }
        for port in [80, 443, 3000, 8000, 8080, 8443] {
            assert_eq!(admitted(&format!("http://a.example:{port}/")), Ok(()), "{port}");
        }
    }

    #[test]
    fn names_are_judged_when_resolved_and_those_of_proxies_are_the_users_alone() {
        let guard = Guard::new(BTreeSet::from(["proxy.example".to_owned()]));
        let (private, open): (SocketAddr, SocketAddr) = (([10, 0, 0, 1], 0).into(), ([8, 8, 8, 8], 0).into());
        let refused = |name: &str| Err(PrivateAddress(name.to_owned()));
        assert_eq!(guard.select("inner.example", vec![private]), refused("inner.example"));
        // Only what was judged is connected to, so a name that answers otherwise the next time gains nothing.
        assert_eq!(guard.select("inner.example", vec![private, open]), Ok(vec![open]));
        assert_eq!(guard.select("sub.proxy.example", vec![private]), refused("sub.proxy.example"));
        assert_eq!(guard.select("Proxy.example.", vec![private]), Ok(vec![private]));
        assert!(matches!(admitted("http://proxy.example:3128/"), Err(FetchError::PrivateAddress(_))));
        assert!(guard.select("inner.example", vec![([198, 18, 0, 4], 0).into()]).is_ok());
    }
}
