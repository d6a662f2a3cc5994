//! The address guard: which addresses a feed may lie at. Pure; the resolver and the fetcher ask it.
//!
//! Whoever can put an address into a feed list, or into a redirect, must not reach what only this machine can reach.
//! So addresses are judged where they stand in an address literally, where the name service gives them, and at each redirect.
//! The ranges are those of the IANA special-purpose registries (RFC 6890), the embeddings those of RFC 4291, 6052, 3056, 4380 and 5214.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// What kind of address it is. Only [`Public`](AddressClass::Public) ones are polled, unless the operator allows private ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressClass {
    /// Reachable for everybody.
    Public,
    /// This machine: 127.0.0.0/8, ::1.
    Loopback,
    /// An organisation's own: RFC 1918, fc00::/7, fec0::/10, 64:ff9b:1::/48.
    Private,
    /// This link: 169.254.0.0/16, fe80::/10.
    LinkLocal,
    /// Shared by customers of one carrier: 100.64.0.0/10 (RFC 6598).
    CarrierShared,
    /// A cloud provider's metadata service, which hands out secrets.
    Metadata,
    /// Many receivers: 224.0.0.0/4, ff00::/8.
    Multicast,
    /// Everybody on the link: 255.255.255.255.
    Broadcast,
    /// For examples and benchmarks: 192.0.2.0/24, 198.18.0.0/15, 2001:db8::/32 and the like.
    Documentation,
    /// No address: 0.0.0.0/8, ::.
    Unspecified,
    /// Set aside for protocols, or not assigned.
    Reserved,
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressClass::Public => "public",
            AddressClass::Loopback => "loopback",
            AddressClass::Private => "private",
            AddressClass::LinkLocal => "link-local",
            AddressClass::CarrierShared => "carrier-shared",
            AddressClass::Metadata => "metadata",
            AddressClass::Multicast => "multicast",
            AddressClass::Broadcast => "broadcast",
            AddressClass::Documentation => "documentation",
            AddressClass::Unspecified => "unspecified",
            AddressClass::Reserved => "reserved",
        })
    }
}

/// Judges an address. One that embeds an IPv4 address is judged by that one.
pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    match address.octets() {
        // Amazon and most others, Oracle, Alibaba, and Azure's wire server, the only one within public space.
        [169, 254, 169, 254] | [192, 0, 0, 192] | [100, 100, 100, 200] | [168, 63, 129, 16] => AddressClass::Metadata,
        [0, ..] => AddressClass::Unspecified,
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private,
        [169, 254, ..] => AddressClass::LinkLocal,
        [100, 64..=127, ..] => AddressClass::CarrierShared,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [198, 18..=19, ..] => AddressClass::Documentation,
        [192, 0, 0, _] | [192, 88, 99, _] => AddressClass::Reserved,
        [255, 255, 255, 255] => AddressClass::Broadcast,
        [224..=239, ..] => AddressClass::Multicast,
        [240..=255, ..] => AddressClass::Reserved,
        _ => AddressClass::Public,
    }
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    let groups = address.segments();
    // A non-public address inside another decides; a public one leaves the decision to the outer form.
    if let Some(class) = embedded(groups).map(classify_v4).into_iter().find(|class| *class != AddressClass::Public) {
        // The forms `::` and `::1` look like embedded 0.0.0.0 and 0.0.0.1.
        if !matches!(groups, [0, 0, 0, 0, 0, 0, 0, 0 | 1]) {
            return class;
        }
    }
    match groups {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => AddressClass::Public,
        [0x64, 0xff9b, 1, ..] => AddressClass::Private,
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => AddressClass::Metadata,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => AddressClass::Private,
        [0xfe80..=0xfebf, ..] => AddressClass::LinkLocal,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] | [0x2001, 2, 0, ..] => AddressClass::Documentation,
        // Teredo: its hidden client address lies in the last two groups with all bits turned.
        [0x2001, 0, .., high, low] => match classify_v4(v4(!high, !low)) {
            AddressClass::Public => AddressClass::Reserved,
            class => class,
        },
        // Of 2001::/23, which is for protocols, only a few assignments are for hosts, and none serves feeds.
        [0x2001, 0..=0x1ff, ..] => AddressClass::Reserved,
        // Global unicast is 2000::/3; nothing else is routed.
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

/// The IPv4 address that an IPv6 address leads to or names.
fn embedded(groups: [u16; 8]) -> Option<Ipv4Addr> {
    match groups {
        // Mapped, translated (RFC 2765) and compatible; NAT64 with the well-known prefix.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        // ISATAP: any prefix, then 0000:5efe or 0200:5efe.
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low]
        // 6to4, and Teredo's server.
        | [0x2002, high, low, ..]
        | [0x2001, 0, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// Why an address is not polled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only http and https are polled.
    #[error("`{0}` is not polled: feeds are fetched over http and https only")]
    Scheme(String),
    /// The address names no host.
    #[error("the address names no host")]
    NoHost,
    /// Not a public address.
    #[error("{host} is at {address}, a {class} address; set allow_private_addresses if this is meant")]
    NotPublic {
        /// The host as it was written.
        host: String,
        /// The address that decided.
        address: IpAddr,
        /// Its kind.
        class: AddressClass,
    },
}

/// Judges addresses under the operator's will.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guard {
    /// Whether non-public addresses may be polled.
    pub allow_private: bool,
}

impl Guard {
    /// Whether a connection to this address of `host` may be made.
    ///
    /// # Errors
    /// [`Refusal::NotPublic`].
    pub fn check_address(self, host: &str, address: IpAddr) -> Result<(), Refusal> {
        match classify(address) {
            AddressClass::Public => Ok(()),
            _ if self.allow_private => Ok(()),
            class => Err(Refusal::NotPublic { host: host.to_owned(), address, class }),
        }
    }

    /// Whether the address may be asked at all, as far as it can be seen without the name service.
    ///
    /// # Errors
    /// Another scheme than http and https, no host, or a host that is literally a non-public address.
    pub fn check_url(self, url: &Url) -> Result<(), Refusal> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::Scheme(url.scheme().to_owned()));
        }
        match url.host() {
            None => Err(Refusal::NoHost),
            Some(Host::Ipv4(address)) => self.check_address(&address.to_string(), IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.check_address(&address.to_string(), IpAddr::V6(address)),
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                // RFC 6761, section 6.3: these names are this machine, whatever a name service says.
                if name == "localhost" || name.ends_with(".localhost") {
                    return self.check_address(name, IpAddr::V4(Ipv4Addr::LOCALHOST));
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_judged() {
        use AddressClass::{
            Broadcast, CarrierShared, Documentation, LinkLocal, Loopback, Metadata, Multicast, Private, Public,
            Reserved, Unspecified,
        };
        let cases = [
            ("8.8.8.8", Public),
            ("1.1.1.1", Public),
            ("100.63.255.255", Public),
            ("100.128.0.0", Public),
            ("172.15.255.255", Public),
            ("172.32.0.0", Public),
            ("192.167.255.255", Public),
            ("223.255.255.255", Public),
            ("2a00:1450:4001:80b::200e", Public),
            ("2606:4700::6810:84e5", Public),
            ("127.0.0.1", Loopback),
            ("127.255.255.255", Loopback),
            ("::1", Loopback),
            ("10.0.0.1", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.1.1", Private),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("fec0::1", Private),
            ("64:ff9b:1::8.8.8.8", Private),
            ("169.254.0.1", LinkLocal),
            ("fe80::1", LinkLocal),
            ("febf::1", LinkLocal),
            ("100.64.0.1", CarrierShared),
            ("100.127.255.255", CarrierShared),
            ("169.254.169.254", Metadata),
            ("168.63.129.16", Metadata),
            ("fd00:ec2::254", Metadata),
            ("224.0.0.1", Multicast),
            ("ff02::1", Multicast),
            ("255.255.255.255", Broadcast),
            ("192.0.2.1", Documentation),
            ("198.18.0.1", Documentation),
            ("2001:db8::1", Documentation),
            ("3fff::1", Documentation),
            ("0.0.0.0", Unspecified),
            ("0.1.2.3", Unspecified),
            ("::", Unspecified),
            ("240.0.0.1", Reserved),
            ("192.0.0.1", Reserved),
            ("100::1", Reserved),
            ("2001:20::1", Reserved),
            ("5f00::1", Reserved),
            ("4000::1", Reserved),
            // IPv4 inside IPv6.
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:169.254.169.254", Metadata),
            ("::ffff:8.8.8.8", Public),
            ("::ffff:0:10.0.0.1", Private),
            ("::10.0.0.1", Private),
            ("::8.8.8.8", Reserved),
            ("64:ff9b::10.0.0.1", Private),
            ("64:ff9b::8.8.8.8", Public),
            ("2002:7f00:1::", Loopback),
            ("2002:808:808::1", Public),
            ("2001:0:a00:1::", Private),
            ("2001:0:808:808::80ff:fffe", Loopback),
            ("2a00:1::5efe:c0a8:1", Private),
            ("2a00:1::200:5efe:7f00:1", Loopback),
            ("2a00:1::5efe:808:808", Public),
        ];
        for (text, class) in cases {
            assert_eq!(classify(text.parse().unwrap()), class, "{text}");
        }
    }

    #[test]
    fn odd_spellings_of_loopback_are_seen_through() {
        let guard = Guard::default();
        for text in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://１２７.0.0.1/",
            "https://user:pw@169.254.169.254/latest",
        ] {
            let url = Url::parse(text).unwrap();
            assert!(matches!(guard.check_url(&url), Err(Refusal::NotPublic { .. })), "{text}");
            assert_eq!(Guard { allow_private: true }.check_url(&url), Ok(()), "{text}");
        }
        for text in ["ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:1", "unix:/x"] {
            let refusal = Guard { allow_private: true }.check_url(&Url::parse(text).unwrap());
            assert!(matches!(refusal, Err(Refusal::Scheme(_))), "{text}");
        }
        assert_eq!(guard.check_url(&Url::parse("https://example.org/feed").unwrap()), Ok(()));
    }

    proptest! {
        /// Whatever an IPv4 address may not do by itself, it may not do inside an IPv6 address.
        #[test]
        fn embedding_opens_no_door(bits: u32, prefix in 0x2000_u16..0x4000, server: u32) {
            let inner = Ipv4Addr::from(bits);
            let (high, low) = ((bits >> 16) as u16, bits as u16);
            let (server_high, server_low) = ((server >> 16) as u16, server as u16);
            let forms = [
                [0, 0, 0, 0, 0, 0xffff, high, low],
                [0, 0, 0, 0, 0, 0, high, low],
                [0x64, 0xff9b, 0, 0, 0, 0, high, low],
                [0x2002, high, low, 0, 0, 0, 0, 1],
                [0x2001, 0, high, low, 0, 0, 0, 0],
                [0x2001, 0, server_high, server_low, 0, 0, !high, !low],
                [prefix, 1, 2, 3, 0, 0x5efe, high, low],
                [prefix, 1, 2, 3, 0x200, 0x5efe, high, low],
            ];
            if classify_v4(inner) != AddressClass::Public {
                for groups in forms {
                    let outer = Ipv6Addr::from(groups);
                    prop_assert_ne!(classify_v6(outer), AddressClass::Public, "{} in {}", inner, outer);
                }
            }
        }
    }
}
