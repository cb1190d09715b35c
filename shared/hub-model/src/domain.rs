//! Names of hosts.

/// The part of a host's name that somebody registered: the last two labels, three where the last two are a usual public suffix.
/// An address in numbers is given back whole.
#[must_use]
pub fn registrable(host: &str) -> &str {
    let dots: Vec<usize> = host.rmatch_indices('.').map(|(at, _)| at).collect();
    let second = dots.first().zip(dots.get(1)).map(|(last, before)| &host[before + 1..*last]);
    let labels = if second.is_some_and(|s| matches!(s, "co" | "com" | "net" | "org" | "gov" | "ac")) && host.len() - dots[0] <= 3 {
        3
    } else {
        2
    };
    match dots.get(labels - 1) {
        Some(at) if host.parse::<std::net::IpAddr>().is_err() => &host[at + 1..],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registered_part_of_a_name_is_found() {
        assert_eq!(registrable("a.b.acme.co.uk"), "acme.co.uk");
        assert_eq!(registrable("api.acme.com"), "acme.com");
        assert_eq!(registrable("127.0.0.1"), "127.0.0.1");
    }
}
