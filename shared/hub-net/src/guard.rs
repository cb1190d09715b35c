//! The guard inside the client: a resolver that returns only judged addresses, so that the connection goes where the check looked.

use crate::address::{AddressClass, EgressPolicy, check_trusted_ip};
use crate::error::LookupError;
use crate::{NetError, NetLimits};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::IpAddr;
use std::sync::Arc;

/// Which addresses a resolver lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// What the policy allows.
    Policy,
    /// An origin that the operator named: private addresses too.
    Operator,
}

impl Trust {
    pub(crate) fn check_ip(self, policy: &EgressPolicy, ip: IpAddr) -> Result<(), AddressClass> {
        match self {
            Self::Policy => policy.check_ip(ip),
            Self::Operator => check_trusted_ip(policy, ip),
        }
    }
}

#[derive(Debug)]
struct GuardedResolver {
    policy: EgressPolicy,
    trust: Trust,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, trust) = (self.policy.clone(), self.trust);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|e| {
                // The standard library gives getaddrinfo's words and no code: these are its temporary failures.
                let text = e.to_string();
                let temporary = ["Temporary failure", "System error", "try again", "Try again"]
                    .iter()
                    .any(|t| text.contains(t));
                if temporary {
                    LookupError::Failed(e)
                } else {
                    LookupError::NoSuchHost
                }
            })?;
            let mut refused = None;
            let mut allowed = Vec::new();
            for address in found {
                match trust.check_ip(&policy, address.ip()) {
                    Ok(()) => allowed.push(address),
                    Err(class) => refused = Some(class),
                }
            }
            match (allowed.is_empty(), refused) {
                (true, Some(class)) => Err(LookupError::Forbidden(class).into()),
                (true, None) => Err(LookupError::NoSuchHost.into()),
                (false, _) => Ok(Box::new(allowed.into_iter()) as Addrs),
            }
        })
    }
}

/// A client builder with the guard in it: judged addresses only, no proxy variables, no redirects, connect time-out, user
/// agent, bounded headers. For callers that need more than [`crate::HttpClient`] (client certificates, fixed headers).
///
/// Such a caller must still call [`EgressPolicy::check_url`] on every URL, because literal addresses are not looked up, and
/// must set its own idle and total time-outs.
pub fn guarded_builder(policy: &EgressPolicy, limits: &NetLimits) -> reqwest::ClientBuilder {
    builder(policy, limits, Trust::Policy)
}

pub(crate) fn builder(policy: &EgressPolicy, limits: &NetLimits, trust: Trust) -> reqwest::ClientBuilder {
    // One TLS stack, chosen once per process; a main that has chosen already keeps its choice.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    reqwest::Client::builder()
        .dns_resolver(Arc::new(GuardedResolver {
            policy: policy.clone(),
            trust,
        }))
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(limits.connect_timeout)
        .http2_max_header_list_size(limits.max_header_bytes)
        .user_agent(ascii(&limits.user_agent))
}

pub(crate) fn build(policy: &EgressPolicy, limits: &NetLimits, trust: Trust) -> Result<reqwest::Client, NetError> {
    builder(policy, limits, trust)
        .read_timeout(limits.idle_timeout)
        .build()
        .map_err(|e| NetError::Client { why: e.to_string() })
}

/// A header value cannot hold everything that a setting can.
fn ascii(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect()
}
