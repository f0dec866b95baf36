//! Whose request it is where a proxy of ours stands in front. A header is believed only as far as
//! proxies that we declared have written it: read from the right, the first address that is not
//! one of them is the client. Whatever stands left of it the client may have made up.

use axum::http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The header that our proxies write. Only this one is read: a proxy that writes one of them passes
/// the other on as the client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedBy {
    #[default]
    XForwardedFor,
    /// RFC 7239
    Forwarded,
}

#[derive(Debug, Clone, Default)]
pub struct Proxies {
    networks: Arc<[IpNet]>,
    by: ForwardedBy,
}

/// Not an address or a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address and no network such as 10.0.0.0/8")]
pub struct NotANetwork(String);

impl Proxies {
    /// `networks`: addresses, or networks in CIDR notation.
    pub fn new(networks: &[String], by: ForwardedBy) -> Result<Self, NotANetwork> {
        let networks = networks
            .iter()
            .map(|text| {
                let text = text.trim();
                text.parse::<IpNet>()
                    .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| NotANetwork(text.to_owned()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { networks, by })
    }

    /// Whether this is a proxy of ours.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|net| net.contains(&address))
    }

    /// The address of the client whose request came from `peer`.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.trusts(client) {
            return client;
        }
        let name: HeaderName = match self.by {
            ForwardedBy::XForwardedFor => HeaderName::from_static("x-forwarded-for"),
            ForwardedBy::Forwarded => header::FORWARDED,
        };
        let lines: Vec<&str> = headers
            .get_all(name)
            .iter()
            // What is no text tells no address, and ends the reading like one.
            .map(|line| line.to_str().unwrap_or("?"))
            .collect();
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            // A hop that hides itself (`unknown`, `_secret`): who is known last answers for it.
            let Some(address) = self.address(hop.trim()) else {
                break;
            };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }

    fn address(&self, hop: &str) -> Option<IpAddr> {
        match self.by {
            ForwardedBy::XForwardedFor => node(hop),
            ForwardedBy::Forwarded => hop.split(';').find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then_some(())?;
                node(value.trim().trim_matches('"'))
            }),
        }
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]`, `[2001:db8::1]:4711`, `2001:db8::1`.
fn node(text: &str) -> Option<IpAddr> {
    let address = text
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|a| a.ip()));
    match address {
        Ok(address) => Some(address.to_canonical()),
        Err(_) => {
            let inner = text.strip_prefix('[')?.strip_suffix(']')?;
            Some(inner.parse::<IpAddr>().ok()?.to_canonical())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    fn ours(by: ForwardedBy) -> Proxies {
        let networks = ["10.0.0.0/8", "192.168.1.7", "fd00::/8"].map(str::to_owned);
        Proxies::new(&networks, by).unwrap()
    }

    fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_right_most_hop_that_is_not_ours_is_the_client() {
        for (peer, lines, client) in [
            ("10.0.0.1", &["203.0.113.9"][..], "203.0.113.9"),
            ("10.0.0.1", &["6.6.6.6, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", &["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            (
                "10.0.0.1",
                &["6.6.6.6", "203.0.113.9", "10.0.0.2"],
                "203.0.113.9",
            ),
            ("10.0.0.1", &["10.9.9.9"], "10.9.9.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["unknown"], "10.0.0.1"),
            ("10.0.0.1", &["6.6.6.6, nonsense, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.9"], "203.0.113.9"),
            ("192.168.1.7", &["203.0.113.9"], "203.0.113.9"),
            // Not a proxy of ours: whatever it says.
            ("192.168.1.8", &["203.0.113.9"], "192.168.1.8"),
            ("203.0.113.9", &["6.6.6.6"], "203.0.113.9"),
        ] {
            let headers = headers("x-forwarded-for", lines);
            let found = ours(ForwardedBy::XForwardedFor).client(ip(peer), &headers);
            assert_eq!(found, ip(client), "{peer} {lines:?}");
        }
    }

    #[test]
    fn forwarded_is_read_as_the_rfc_writes_it_and_only_where_declared() {
        for (line, client) in [
            ("for=203.0.113.9;proto=https", "203.0.113.9"),
            (
                "for=6.6.6.6, For=\"[2001:db8::1]:4711\";by=10.0.0.2",
                "2001:db8::1",
            ),
            ("for=203.0.113.9, for=_hidden", "10.0.0.1"),
            ("for=203.0.113.9, by=10.0.0.2", "10.0.0.1"),
        ] {
            let found =
                ours(ForwardedBy::Forwarded).client(ip("10.0.0.1"), &headers("forwarded", &[line]));
            assert_eq!(found, ip(client), "{line}");
        }
        let both = headers("x-forwarded-for", &["6.6.6.6"]);
        let found = ours(ForwardedBy::Forwarded).client(ip("10.0.0.1"), &both);
        assert_eq!(found, ip("10.0.0.1"));
    }

    #[test]
    fn a_network_is_an_address_or_cidr() {
        let by = ForwardedBy::default();
        for bad in ["10.0.0.0/33", "proxy.example", ""] {
            assert!(Proxies::new(&[bad.to_owned()], by).is_err(), "{bad}");
        }
        assert!(!Proxies::default().trusts(ip("127.0.0.1")));
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            any::<u32>().prop_map(|n| IpAddr::V4(n.into())),
            any::<u128>().prop_map(|n| IpAddr::V6(n.into())),
        ]
    }

    proptest! {
        /// What a client writes into the header never decides: our proxy appends what it saw.
        #[test]
        fn nobody_speaks_for_another(
            forged in "[ -~]{0,80}",
            more in proptest::collection::vec(address(), 0..5),
            client in address(),
            hops in proptest::collection::vec(any::<[u8; 3]>(), 0..4),
        ) {
            let proxies = ours(ForwardedBy::XForwardedFor);
            prop_assume!(!proxies.trusts(client));
            let mut lines = vec![forged];
            lines.extend(more.iter().map(ToString::to_string));
            let through = hops.iter().map(|[b, c, d]| format!("10.{b}.{c}.{d}"));
            let seen: Vec<String> = std::iter::once(client.to_string()).chain(through).collect();
            lines.push(seen.join(", "));
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
            }
            prop_assert_eq!(proxies.client(ip("10.0.0.1"), &headers), client.to_canonical());
            // Sent straight to us, it says nothing at all.
            prop_assert_eq!(proxies.client(client, &headers), client.to_canonical());
        }

        #[test]
        fn no_header_breaks_it(bytes in proptest::collection::vec(32_u8..=255, 0..200)) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.append("x-forwarded-for", value.clone());
                headers.append("forwarded", value);
            }
            ours(ForwardedBy::XForwardedFor).client(ip("10.0.0.1"), &headers);
            ours(ForwardedBy::Forwarded).client(ip("10.0.0.1"), &headers);
        }
    }
}
