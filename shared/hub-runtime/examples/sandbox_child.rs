//! A child process for the sandbox tests: does what the request says, good or bad.

use hub_runtime::sandbox::{Notes, serve};

fn main() -> std::io::Result<()> {
    serve(misbehave)
}

fn misbehave(request: &[u8], notes: &mut Notes<'_>) -> Vec<u8> {
    notes.send(b"began");
    match request {
        b"abort" => std::process::abort(),
        b"words" => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "last\nwords");
            std::process::exit(9);
        }
        b"panic" => panic!("a panic of the handler"),
        b"hang" => loop {
            std::thread::park();
        },
        b"overflow" => vec![deep(1)],
        b"gorge" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 16 << 20]);
            }
        }
        b"open" => format!("{:?}", std::fs::File::open("/etc/hostname").map(drop).map_err(|e| e.raw_os_error())).into_bytes(),
        b"connect" => format!(
            "{:?}",
            std::net::TcpStream::connect("127.0.0.1:1").map(drop).map_err(|e| e.raw_os_error())
        )
        .into_bytes(),
        b"environment" => std::env::vars().map(|(k, _)| k).collect::<Vec<_>>().join(",").into_bytes(),
        b"pid" => std::process::id().to_string().into_bytes(),
        other => other.to_vec(),
    }
}

fn deep(n: u64) -> u8 {
    let frame = [std::hint::black_box(n); 512];
    let below = if std::hint::black_box(n) == 0 { 0 } else { deep(n.wrapping_add(1)) };
    below.wrapping_add(std::hint::black_box(frame)[0].to_le_bytes()[0])
}
