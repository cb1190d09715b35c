//! The guard inside the client: a resolver that returns only judged addresses, so that the connection goes where the check looked.

use crate::address::{AddressClass, EgressPolicy, check_trusted_ip};
use crate::error::LookupError;
use crate::{NetError, NetLimits};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
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

/// Turns a name into addresses.
type LookUp = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>> + Send + Sync>;

struct GuardedResolver {
    policy: EgressPolicy,
    trust: Trust,
    look_up: LookUp,
}

/// The machine's own resolver.
fn system() -> LookUp {
    Arc::new(|name| Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }))
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, trust) = (self.policy.clone(), self.trust);
        let looking = (self.look_up)(name.as_str().to_owned());
        Box::pin(async move {
            let found = looking.await.map_err(|e| {
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
    builder_over(policy, limits, trust, system())
}

fn builder_over(policy: &EgressPolicy, limits: &NetLimits, trust: Trust, look_up: LookUp) -> reqwest::ClientBuilder {
    // One TLS stack, chosen once per process; a main that has chosen already keeps its choice.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    reqwest::Client::builder()
        .dns_resolver(Arc::new(GuardedResolver {
            policy: policy.clone(),
            trust,
            look_up,
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    fn policy(allow: &str) -> EgressPolicy {
        EgressPolicy::read(&|name| (name == "EGRESS_ALLOW").then(|| allow.to_owned())).unwrap_or_else(|e| panic!("{allow}: {e}"))
    }

    /// Answers every connection, and counts them.
    async fn serve(listener: TcpListener) -> Arc<AtomicUsize> {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = [0; 1024];
                let _ = socket.read(&mut request).await;
                let _ = socket
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                    .await;
            }
        });
        count
    }

    #[tokio::test]
    async fn a_name_that_changes_its_answer_between_look_ups_leads_nowhere_new() {
        let inside = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = inside.local_addr().expect("an address").port();
        let outside = TcpListener::bind(("127.0.0.2", port))
            .await
            .expect("the same port on the next address");
        let (inside, outside) = (serve(inside).await, serve(outside).await);
        // The answers of a hostile name server: allowed, forbidden, both, in turn.
        let turn = Arc::new(AtomicUsize::new(0));
        let turns = turn.clone();
        let look_up: LookUp = Arc::new(move |_| {
            let (good, bad) = (IpAddr::from([127, 0, 0, 2]), IpAddr::from([127, 0, 0, 1]));
            let answer = match turns.fetch_add(1, Ordering::SeqCst) % 4 {
                0 => vec![good],
                1 => vec![bad],
                2 => vec![bad, good],
                _ => vec![bad, "::ffff:127.0.0.1".parse().expect("an address")],
            };
            Box::pin(async move { Ok(answer.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect()) })
        });
        let client = builder_over(&policy("127.0.0.2"), &NetLimits::default(), Trust::Policy, look_up)
            .pool_max_idle_per_host(0)
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client");
        let mut reached = 0;
        for _ in 0..40 {
            match client.get(format!("http://rebinding.example:{port}/")).send().await {
                Ok(answer) => {
                    assert_eq!(answer.remote_addr().map(|a| a.ip()), Some(IpAddr::from([127, 0, 0, 2])));
                    reached += 1;
                }
                Err(error) => {
                    let error = NetError::from_reqwest(error, "rebinding.example", Duration::from_secs(1));
                    assert!(matches!(error, NetError::Forbidden { .. }), "{error}");
                }
            }
        }
        assert_eq!(reached, 20, "allowed answers are followed");
        assert_eq!(outside.load(Ordering::SeqCst), 20);
        assert_eq!(inside.load(Ordering::SeqCst), 0, "what is forbidden was never connected to");
        assert_eq!(
            turn.load(Ordering::SeqCst),
            40,
            "one look-up for each connection: the judged answer is the one that is used"
        );
    }

    #[tokio::test]
    async fn a_name_that_resolves_to_a_forbidden_address_is_refused_whatever_the_address() {
        for ip in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "::",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "fd00::1",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
        ] {
            let address: IpAddr = ip.parse().unwrap_or_else(|e| panic!("{ip}: {e}"));
            let look_up: LookUp = Arc::new(move |_| Box::pin(async move { Ok(vec![SocketAddr::new(address, 0)]) }));
            let client = builder_over(&EgressPolicy::public_only(), &NetLimits::default(), Trust::Policy, look_up)
                .build()
                .expect("a client");
            let error = client.get("http://inside.example/").send().await.expect_err(ip);
            let error = NetError::from_reqwest(error, "inside.example", Duration::from_secs(1));
            assert!(matches!(error, NetError::Forbidden { .. }), "{ip}: {error}");
        }
    }
}
