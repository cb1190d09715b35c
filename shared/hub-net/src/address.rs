//! Which addresses may be connected to.

use crate::NetError;
use hub_model::FromSetting;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use url::{Host, Url};

/// A range of addresses, `192.0.2.0/24` or `2001:db8::/32`; a bare address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    prefix: u8,
}

impl Cidr {
    const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Self {
        Self {
            network: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            prefix,
        }
    }

    const fn v6(segments: [u16; 8], prefix: u8) -> Self {
        let [a, b, c, d, e, f, g, h] = segments;
        Self {
            network: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)),
            prefix,
        }
    }

    /// Whether `ip` lies in the range. IPv4 and IPv6 never contain each other.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.network, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let shift = 32 - u32::from(self.prefix.min(32));
                u32::from(net).checked_shr(shift).unwrap_or(0) == u32::from(ip).checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let shift = 128 - u32::from(self.prefix.min(128));
                u128::from(net).checked_shr(shift).unwrap_or(0) == u128::from(ip).checked_shr(shift).unwrap_or(0)
            }
            _ => false,
        }
    }

    /// Whether the range is exactly one address.
    fn is_single(&self) -> bool {
        self.prefix == if self.network.is_ipv4() { 32 } else { 128 }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

impl FromStr for Cidr {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let expected = || format!("`{s}` is not an address range; write it like 10.0.0.0/8 or fd00::/8");
        let (address, prefix) = match s.split_once('/') {
            Some((a, p)) => (a, Some(p)),
            None => (s, None),
        };
        let network: IpAddr = address.trim().parse().map_err(|_| expected())?;
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = match prefix {
            Some(p) => p.trim().parse().map_err(|_| expected())?,
            None => longest,
        };
        if prefix > longest {
            Err(expected())
        } else {
            Ok(Self { network, prefix })
        }
    }
}

impl FromSetting for Cidr {
    fn from_setting(text: &str) -> Result<Self, String> {
        text.parse()
    }
}

/// Why an address is not a public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    Unspecified,
    Private,
    CarrierGradeNat,
    Loopback,
    LinkLocal,
    CloudMetadata,
    ProtocolAssignment,
    Documentation,
    Benchmarking,
    Multicast,
    Broadcast,
    Reserved,
    /// An IPv6 form that carries an IPv4 address: IPv4-compatible, NAT64, 6to4, Teredo, ISATAP.
    Embedded,
    UniqueLocal,
    SiteLocal,
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "an unspecified address",
            Self::Private => "a private address",
            Self::CarrierGradeNat => "a carrier-grade NAT address",
            Self::Loopback => "a loopback address",
            Self::LinkLocal => "a link-local address",
            Self::CloudMetadata => "a cloud metadata address",
            Self::ProtocolAssignment => "an address set aside for protocols",
            Self::Documentation => "a documentation address",
            Self::Benchmarking => "a benchmarking address",
            Self::Multicast => "a multicast address",
            Self::Broadcast => "the broadcast address",
            Self::Reserved => "a reserved address",
            Self::Embedded => "an address that embeds an IPv4 address",
            Self::UniqueLocal => "a unique local address",
            Self::SiteLocal => "a site-local address",
        })
    }
}

use AddressClass as C;

/// Addresses at which a cloud's machines find their own credentials. Two of them lie in ranges that are public on paper.
const METADATA: &[Cidr] = &[
    Cidr::v4(169, 254, 169, 254, 32),
    Cidr::v4(169, 254, 170, 2, 32),   // container credentials
    Cidr::v4(169, 254, 170, 23, 32),  // pod identity
    Cidr::v4(100, 100, 100, 200, 32), // in the carrier-grade NAT range
    Cidr::v4(192, 0, 0, 192, 32),     // in the protocol assignments
    Cidr::v4(168, 63, 129, 16, 32),   // a public range, but a virtual address of the host
    Cidr::v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128),
    Cidr::v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128),
    Cidr::v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
    Cidr::v6([0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe], 128),
];

/// IPv4 that is not public (IANA special-purpose address registry, RFC 6890 and its successors).
const V4: &[(Cidr, AddressClass)] = &[
    (Cidr::v4(0, 0, 0, 0, 8), C::Unspecified),
    (Cidr::v4(10, 0, 0, 0, 8), C::Private),
    (Cidr::v4(100, 64, 0, 0, 10), C::CarrierGradeNat),
    (Cidr::v4(127, 0, 0, 0, 8), C::Loopback),
    (Cidr::v4(169, 254, 0, 0, 16), C::LinkLocal),
    (Cidr::v4(172, 16, 0, 0, 12), C::Private),
    (Cidr::v4(192, 0, 0, 0, 24), C::ProtocolAssignment),
    (Cidr::v4(192, 0, 2, 0, 24), C::Documentation),
    (Cidr::v4(192, 88, 99, 0, 24), C::Embedded), // 6to4 relay anycast
    (Cidr::v4(192, 168, 0, 0, 16), C::Private),
    (Cidr::v4(198, 18, 0, 0, 15), C::Benchmarking),
    (Cidr::v4(198, 51, 100, 0, 24), C::Documentation),
    (Cidr::v4(203, 0, 113, 0, 24), C::Documentation),
    (Cidr::v4(224, 0, 0, 0, 4), C::Multicast),
    (Cidr::v4(255, 255, 255, 255, 32), C::Broadcast),
    (Cidr::v4(240, 0, 0, 0, 4), C::Reserved),
];

/// IPv6 that is not public, most telling name first. Whatever lies outside 2000::/3 is refused anyway.
const V6: &[(Cidr, AddressClass)] = &[
    (Cidr::v6([0; 8], 128), C::Unspecified),
    (Cidr::v6([0, 0, 0, 0, 0, 0, 0, 1], 128), C::Loopback),
    (Cidr::v6([0; 8], 96), C::Embedded),                           // IPv4-compatible
    (Cidr::v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96), C::Embedded),    // IPv4-translated
    (Cidr::v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), C::Embedded), // NAT64
    (Cidr::v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), C::Embedded), // NAT64, local use
    (Cidr::v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), C::Embedded),    // 6to4
    (Cidr::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), C::Embedded),    // Teredo
    (Cidr::v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), C::Benchmarking),
    (Cidr::v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), C::Documentation),
    (Cidr::v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), C::ProtocolAssignment),
    (Cidr::v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), C::Documentation),
    (Cidr::v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), C::UniqueLocal),
    (Cidr::v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), C::LinkLocal),
    (Cidr::v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), C::SiteLocal),
    (Cidr::v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), C::Multicast),
];
const GLOBAL_UNICAST: Cidr = Cidr::v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

/// What kind of non-public address `ip` is; `None` for a public one. An IPv4-mapped address is judged as the IPv4 it is.
fn classify(ip: IpAddr) -> Option<AddressClass> {
    if METADATA.iter().any(|m| m.contains(ip)) {
        return Some(C::CloudMetadata);
    }
    match ip {
        IpAddr::V4(_) => V4.iter().find(|(range, _)| range.contains(ip)).map(|(_, class)| *class),
        IpAddr::V6(v6) => {
            let listed = V6.iter().find(|(range, _)| range.contains(ip)).map(|(_, class)| *class);
            // ISATAP puts an IPv4 address behind ::0:5efe: or ::200:5efe: in any prefix.
            let s = v6.segments();
            let isatap = (s[4] == 0 || s[4] == 0x200) && s[5] == 0x5efe;
            listed
                .or((isatap).then_some(C::Embedded))
                .or((!GLOBAL_UNICAST.contains(ip)).then_some(C::Reserved))
        }
    }
}

hub_model::settings! {
    /// Which addresses outbound connections may reach: public ones, and what the operator opens.
    pub struct EgressPolicy {
        /// Address ranges opened beside the public ones, comma-separated, for example `127.0.0.0/8,::1`. A cloud metadata address opens only when named alone, not by a range that holds it.
        pub allow: Vec<Cidr> = "EGRESS_ALLOW", Vec::new();
    }
}

impl EgressPolicy {
    /// Nothing but public addresses.
    #[must_use]
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Loopback as well: for tests and development.
    #[must_use]
    pub fn with_loopback() -> Self {
        Self {
            allow: vec![Cidr::v4(127, 0, 0, 0, 8), Cidr::v6([0, 0, 0, 0, 0, 0, 0, 1], 128)],
        }
    }

    /// Whether `ip` may be connected to.
    ///
    /// # Errors
    /// What kind of closed address it is.
    pub fn check_ip(&self, ip: IpAddr) -> Result<(), AddressClass> {
        let ip = unmapped(ip);
        match classify(ip) {
            None => Ok(()),
            Some(class)
                if self
                    .allow
                    .iter()
                    .any(|r| r.contains(ip) && (class != C::CloudMetadata || r.is_single())) =>
            {
                Ok(())
            }
            Some(class) => Err(class),
        }
    }

    /// Checks what can be seen without looking a name up: scheme, credentials, and the host when it is an address in any
    /// spelling (`2130706433`, `0x7f.1`, `[::ffff:127.0.0.1]`). A resolver hook is not asked about literal addresses, so
    /// this stands before every request. Names are judged when they are resolved.
    ///
    /// # Errors
    /// [`NetError::Scheme`], [`NetError::CredentialsInUrl`], [`NetError::Forbidden`].
    pub fn check_url(&self, url: &Url) -> Result<(), NetError> {
        let forbidden = |class| Err(NetError::Forbidden { host: host_of(url), class });
        match url_shape(url)? {
            Host::Domain(_) => Ok(()),
            Host::Ipv4(ip) => self.check_ip(ip.into()).or_else(forbidden),
            Host::Ipv6(ip) => self.check_ip(ip.into()).or_else(forbidden),
        }
    }
}

/// For origins that the operator named: any address but cloud metadata, unless that too was opened.
pub(crate) fn check_trusted_ip(policy: &EgressPolicy, ip: IpAddr) -> Result<(), AddressClass> {
    match policy.check_ip(ip) {
        Err(class @ C::CloudMetadata) => Err(class),
        _ => Ok(()),
    }
}

/// Scheme and credentials; the host.
pub(crate) fn url_shape(url: &Url) -> Result<Host<&str>, NetError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NetError::Scheme {
            scheme: shown(url.scheme()),
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NetError::CredentialsInUrl { host: host_of(url) });
    }
    url.host().ok_or_else(|| NetError::Scheme {
        scheme: shown(url.scheme()),
    })
}

/// `::ffff:a.b.c.d` is a.b.c.d to the socket, so also to the judge.
fn unmapped(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    }
}

/// The URL's host for a message, bounded and free of control characters.
pub(crate) fn host_of(url: &Url) -> String {
    shown(url.host_str().unwrap_or(""))
}

pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .take(200)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(ip: &str) -> Option<AddressClass> {
        EgressPolicy::public_only()
            .check_ip(ip.parse().unwrap_or_else(|e| panic!("{ip}: {e}")))
            .err()
    }

    #[test]
    fn public_addresses_pass() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "140.82.121.4",
            "99.255.255.255",
            "172.32.0.1",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "::ffff:8.8.8.8",
        ] {
            assert_eq!(class(ip), None, "{ip}");
        }
    }

    #[test]
    fn every_form_that_is_not_public_is_refused_by_its_name() {
        for (ip, expected) in [
            ("0.0.0.0", C::Unspecified),
            ("0.1.2.3", C::Unspecified),
            ("10.1.2.3", C::Private),
            ("100.64.0.1", C::CarrierGradeNat),
            ("100.127.255.255", C::CarrierGradeNat),
            ("127.0.0.1", C::Loopback),
            ("127.255.255.254", C::Loopback),
            ("169.254.0.1", C::LinkLocal),
            ("169.254.169.254", C::CloudMetadata),
            ("100.100.100.200", C::CloudMetadata),
            ("168.63.129.16", C::CloudMetadata),
            ("172.16.0.1", C::Private),
            ("172.31.255.255", C::Private),
            ("192.0.0.1", C::ProtocolAssignment),
            ("192.0.2.1", C::Documentation),
            ("192.88.99.1", C::Embedded),
            ("192.168.0.1", C::Private),
            ("198.18.0.1", C::Benchmarking),
            ("198.51.100.1", C::Documentation),
            ("203.0.113.1", C::Documentation),
            ("224.0.0.1", C::Multicast),
            ("239.255.255.255", C::Multicast),
            ("240.0.0.1", C::Reserved),
            ("255.255.255.255", C::Broadcast),
            ("::", C::Unspecified),
            ("::1", C::Loopback),
            ("::127.0.0.1", C::Embedded),
            ("::ffff:127.0.0.1", C::Loopback),
            ("::ffff:169.254.169.254", C::CloudMetadata),
            ("::ffff:0:127.0.0.1", C::Embedded),
            ("64:ff9b::7f00:1", C::Embedded),
            ("64:ff9b:1::7f00:1", C::Embedded),
            ("2002:7f00:1::", C::Embedded),
            ("2001::1", C::Embedded),
            ("2001:2::1", C::Benchmarking),
            ("2001:20::1", C::ProtocolAssignment),
            ("2001:db8::1", C::Documentation),
            ("3fff::1", C::Documentation),
            ("100::1", C::Reserved),
            ("4000::1", C::Reserved),
            ("5f00::1", C::Reserved),
            ("2a00:1::5efe:7f00:1", C::Embedded),
            ("fc00::1", C::UniqueLocal),
            ("fd12:3456::1", C::UniqueLocal),
            ("fd00:ec2::254", C::CloudMetadata),
            ("fe80::1", C::LinkLocal),
            ("fec0::1", C::SiteLocal),
            ("ff02::1", C::Multicast),
        ] {
            assert_eq!(class(ip), Some(expected), "{ip}");
        }
    }

    #[test]
    fn every_spelling_of_a_literal_host_is_judged() {
        let policy = EgressPolicy::public_only();
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[0:0:0:0:0:ffff:7f00:1]/",
            "http://169.254.169.254/latest/",
            "http://①②⑦.0.0.1/",
        ] {
            let parsed = Url::parse(url).unwrap_or_else(|e| panic!("{url}: {e}"));
            assert!(
                matches!(policy.check_url(&parsed), Err(NetError::Forbidden { .. })),
                "{url}: {parsed}"
            );
        }
    }

    /// All the ways that URL parsers and C libraries read as this address, and IPv6 forms that carry it.
    fn spellings(ip: std::net::Ipv4Addr) -> Vec<String> {
        let [a, b, c, d] = ip.octets();
        let n = u32::from(ip);
        let (low24, low16) = (n & 0xff_ffff, n & 0xffff);
        let (high, low) = (n >> 16, n & 0xffff);
        let wide = |text: String, zero: char| -> String {
            text.chars()
                .map(|ch| match ch.to_digit(10) {
                    Some(digit) => char::from_u32(u32::from(zero) + digit).unwrap_or(ch),
                    None => ch,
                })
                .collect()
        };
        vec![
            format!("{a}.{b}.{c}.{d}"),
            format!("{a}.{b}.{c}.{d}."),
            format!("{n}"),
            format!("{n}."),
            format!("0x{n:x}"),
            format!("0X{n:X}"),
            format!("0x{n:08x}"),
            format!("0{n:o}"),
            format!("{a}.{low24}"),
            format!("{a}.{b}.{low16}"),
            format!("0x{a:x}.0x{low24:x}"),
            format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
            format!("0x{a:02X}.0x{b:02X}.0x{c:02X}.0x{d:02X}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("000{a:o}.000{b:o}.000{c:o}.000{d:o}"),
            format!("0x{a:x}.{b}.0{c:o}.{d}"),
            format!("{a}.0x{low24:x}"),
            format!("{a}.{b}.0{low16:o}"),
            format!("%{:02x}{}", a.to_string().as_bytes()[0], &format!("{a}.{b}.{c}.{d}")[1..]),
            wide(format!("{a}.{b}.{c}.{d}"), '\u{ff10}'),
            format!("{a}。{b}。{c}。{d}"),
            wide(format!("{a}.{b}.{c}.{d}"), '\u{1d7d8}'),
            format!("[::ffff:{a}.{b}.{c}.{d}]"),
            format!("[::ffff:{high:x}:{low:x}]"),
            format!("[0:0:0:0:0:ffff:{high:04x}:{low:04x}]"),
            format!("[0000:0000:0000:0000:0000:FFFF:{high:04X}:{low:04X}]"),
            format!("[::{high:x}:{low:x}]"),
            format!("[::ffff:0:{a}.{b}.{c}.{d}]"),
            format!("[64:ff9b::{high:x}:{low:x}]"),
            format!("[64:ff9b::{a}.{b}.{c}.{d}]"),
            format!("[64:ff9b:1::{high:x}:{low:x}]"),
            format!("[2002:{high:x}:{low:x}::1]"),
            format!("[2001:0:4136:e378:8000:63bf:{:x}:{:x}]", !high & 0xffff, !low & 0xffff),
            format!("[2a00:1::5efe:{high:x}:{low:x}]"),
        ]
    }

    #[test]
    fn no_spelling_of_a_forbidden_address_gets_through() {
        let policy = EgressPolicy::public_only();
        let mut refused = std::collections::BTreeSet::new();
        for base in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "192.168.1.1",
            "172.16.0.1",
            "100.64.0.1",
            "0.0.0.0",
        ] {
            for host in spellings(base.parse().unwrap_or_else(|e| panic!("{base}: {e}"))) {
                let url = format!("http://{host}/");
                // What no URL can hold never gets as far as the guard.
                let Ok(parsed) = Url::parse(&url) else { continue };
                assert!(
                    matches!(policy.check_url(&parsed), Err(NetError::Forbidden { .. })),
                    "{base} as {url}, read as {parsed}"
                );
                refused.insert(url);
            }
        }
        assert!(refused.len() >= 150, "only {} spellings", refused.len());
    }

    #[test]
    fn other_schemes_and_credentials_are_refused() {
        let policy = EgressPolicy::with_loopback();
        let check = |u: &str| policy.check_url(&Url::parse(u).unwrap_or_else(|e| panic!("{u}: {e}")));
        assert!(matches!(check("file:///etc/passwd"), Err(NetError::Scheme { .. })));
        assert!(matches!(check("gopher://example.com/"), Err(NetError::Scheme { .. })));
        assert!(matches!(check("http://u:p@example.com/"), Err(NetError::CredentialsInUrl { .. })));
        assert!(check("http://127.0.0.1:8080/").is_ok());
    }

    #[test]
    fn an_opened_range_passes_and_a_metadata_address_opens_only_by_its_own_name() {
        let read =
            |v: &str| EgressPolicy::read(&|name| (name == "EGRESS_ALLOW").then(|| v.to_owned())).unwrap_or_else(|e| panic!("{v}: {e}"));
        let ip = |s: &str| s.parse::<IpAddr>().unwrap_or_else(|e| panic!("{s}: {e}"));
        let wide = read("0.0.0.0/0, ::/0");
        assert!(wide.check_ip(ip("10.0.0.1")).is_ok() && wide.check_ip(ip("fd00::1")).is_ok());
        assert_eq!(wide.check_ip(ip("169.254.169.254")), Err(C::CloudMetadata));
        assert!(read("169.254.169.254").check_ip(ip("169.254.169.254")).is_ok());
        assert!(read("127.0.0.0/8").check_ip(ip("::ffff:127.0.0.1")).is_ok());
        assert!(read("127.0.0.0/8").check_ip(ip("10.0.0.1")).is_err());
        let refused = EgressPolicy::read(&|_| Some("10.0.0.0/33".to_owned()));
        assert!(refused.is_err_and(|e| e.to_string().contains("EGRESS_ALLOW")));
    }
}
