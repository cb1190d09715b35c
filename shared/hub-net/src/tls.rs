//! What is wrong with a server's TLS, in words its operator can act on.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};
use std::error::Error as StdError;

const DAY_SECS: u64 = 24 * 60 * 60;

/// Why no secure connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// The certificate's time is over.
    Expired,
    /// The certificate's time has not begun.
    NotYetValid,
    /// Self-signed, or of an authority that is not trusted here.
    UnknownIssuer,
    /// The certificate is for other names.
    WrongName,
    /// The certificate was taken back.
    Revoked,
    /// The certificate is not usable for a reason of its own.
    BadCertificate,
    /// Nothing newer than TLS 1.1 is spoken.
    OldProtocol,
    /// Anything else, as when the other side speaks no TLS at all.
    Handshake,
}

impl TlsFault {
    /// Its stable name, as facts and messages carry it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::UnknownIssuer => "unknown_issuer",
            Self::WrongName => "wrong_name",
            Self::Revoked => "revoked",
            Self::BadCertificate => "bad_certificate",
            Self::OldProtocol => "old_protocol",
            Self::Handshake => "handshake",
        }
    }

    /// Whether the connection failed only because the certificate does not prove whose it is: an attacker's would look the same.
    #[must_use]
    pub fn is_of_certificate(self) -> bool {
        !matches!(self, Self::OldProtocol | Self::Handshake)
    }

    /// The fault behind an error of the TLS library, and what to tell.
    pub(crate) fn of(error: &Error) -> (Self, String) {
        match error {
            Error::InvalidCertificate(fault) => Self::of_certificate(fault),
            Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13)
            | Error::AlertReceived(AlertDescription::ProtocolVersion) => (
                Self::OldProtocol,
                "it speaks no TLS newer than 1.1; TLS 1.2 or 1.3 must be switched on".to_owned(),
            ),
            other => (Self::Handshake, other.to_string()),
        }
    }

    fn of_certificate(fault: &CertificateError) -> (Self, String) {
        let days = |from: u64, to: u64| match to.saturating_sub(from) / DAY_SECS {
            0 => "less than a day".to_owned(),
            1 => "1 day".to_owned(),
            n => format!("{n} days"),
        };
        match fault {
            CertificateError::ExpiredContext { time, not_after } => (
                Self::Expired,
                format!(
                    "its certificate expired {} ago; it must be renewed",
                    days(not_after.as_secs(), time.as_secs())
                ),
            ),
            CertificateError::Expired => (Self::Expired, "its certificate has expired; it must be renewed".to_owned()),
            CertificateError::NotValidYetContext { time, not_before } => (
                Self::NotYetValid,
                format!(
                    "its certificate becomes valid in {}; one that is valid now must be installed",
                    days(time.as_secs(), not_before.as_secs())
                ),
            ),
            CertificateError::NotValidYet => (Self::NotYetValid, "its certificate is not valid yet".to_owned()),
            CertificateError::UnknownIssuer => (
                Self::UnknownIssuer,
                "its certificate is self-signed or of an authority that is not trusted; install one of a public authority, or give the \
                 authority as `ca_cert`"
                    .to_owned(),
            ),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                let names = match fault {
                    CertificateError::NotValidForNameContext { presented, .. } => named(presented),
                    _ => String::new(),
                };
                (
                    Self::WrongName,
                    format!("its certificate is not for this name{names}; one for it must be installed"),
                )
            }
            CertificateError::Revoked => (Self::Revoked, "its certificate was revoked; it must be replaced".to_owned()),
            // rustls says so of a certificate that signs itself and calls itself an authority.
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => (
                Self::UnknownIssuer,
                "its certificate is self-signed; install one of a public authority".to_owned(),
            ),
            other => (
                Self::BadCertificate,
                format!("its certificate is not usable ({other}); it must be replaced"),
            ),
        }
    }
}

/// The first names that a certificate is for. webpki gives each with its kind around it: `DnsName("a.example")`, `IpAddress(192.0.2.1)`.
fn named(presented: &[String]) -> String {
    let bare = |name: &String| -> String {
        let inside = name
            .strip_suffix(')')
            .and_then(|n| n.split_once('('))
            .map_or(name.as_str(), |(_, inside)| inside);
        // The server wrote it: longer than a name of the DNS may be, it is cut off.
        inside.trim_matches('"').chars().filter(|c| !c.is_control()).take(253).collect()
    };
    let names: Vec<String> = presented.iter().take(4).map(bare).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" but for {}", names.join(", "))
    }
}

/// The TLS error in `e`, which travels inside I/O errors. Their `source` skips what they hold, so they are opened by hand.
pub(crate) fn tls_cause<'a>(e: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut e = e;
    loop {
        if let Some(tls) = e.downcast_ref::<Error>() {
            return Some(tls);
        }
        e = e.downcast_ref::<std::io::Error>()?.get_ref()?;
    }
}
