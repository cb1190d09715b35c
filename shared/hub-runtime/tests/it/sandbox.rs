use hub_runtime::sandbox::{Sandbox, SandboxError, SandboxSettings};
use std::path::PathBuf;
use std::time::Duration;

fn child() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push("examples/sandbox_child");
    assert!(path.exists(), "{} is built by `cargo test`", path.display());
    path
}

fn sandbox(settings: SandboxSettings) -> Sandbox {
    Sandbox::new(child(), vec![], vec![("GIVEN".to_owned(), "1".to_owned())], settings)
}

async fn ask(sandbox: &Sandbox, request: &str) -> Result<String, SandboxError> {
    sandbox
        .call(request.as_bytes(), |_| {})
        .await
        .map(|answer| String::from_utf8(answer).unwrap())
}

#[tokio::test]
async fn a_request_is_answered_and_the_child_reused() {
    let sandbox = sandbox(SandboxSettings::default());
    let mut notes = vec![];
    let answer = sandbox.call(b"hello", |note| notes.push(note.to_vec())).await.unwrap();
    assert_eq!((answer.as_slice(), notes), (b"hello".as_slice(), vec![b"began".to_vec()]));
    assert_eq!(ask(&sandbox, "pid").await.unwrap(), ask(&sandbox, "pid").await.unwrap());
}

#[tokio::test]
async fn a_child_is_replaced_after_its_share_of_requests() {
    let sandbox = sandbox(SandboxSettings {
        max_requests: 1,
        ..SandboxSettings::default()
    });
    assert_ne!(ask(&sandbox, "pid").await.unwrap(), ask(&sandbox, "pid").await.unwrap());
}

#[tokio::test]
async fn requests_at_the_same_time_have_children_of_their_own() {
    let sandbox = sandbox(SandboxSettings::default());
    let (a, b) = tokio::join!(ask(&sandbox, "pid"), ask(&sandbox, "pid"));
    assert_ne!(a.unwrap(), b.unwrap());
}

#[tokio::test]
async fn a_death_is_told_with_its_last_note_and_the_next_request_is_answered() {
    let sandbox = sandbox(SandboxSettings::default());
    for deadly in ["abort", "overflow"] {
        let error = ask(&sandbox, deadly).await.unwrap_err();
        let SandboxError::Died { how, last_note } = &error else {
            panic!("{deadly}: {error:?}")
        };
        assert!(how.contains("signal"), "{deadly}: {how}");
        assert_eq!(last_note.as_deref(), Some(b"began".as_slice()));
        assert_eq!(ask(&sandbox, "hello").await.unwrap(), "hello");
    }
    let error = ask(&sandbox, "words").await.unwrap_err().to_string();
    assert!(error.contains("last words"), "{error}");
}

#[tokio::test]
async fn a_panic_costs_its_request_only() {
    let sandbox = sandbox(SandboxSettings::default());
    let before = ask(&sandbox, "pid").await.unwrap();
    let error = ask(&sandbox, "panic").await.unwrap_err();
    assert!(
        matches!(&error, SandboxError::Panicked(text) if text.contains("a panic of the handler")),
        "{error:?}"
    );
    assert_ne!(
        ask(&sandbox, "pid").await.unwrap(),
        before,
        "whatever the panic left behind is gone"
    );
}

#[tokio::test]
async fn a_child_that_hangs_is_killed() {
    let sandbox = sandbox(SandboxSettings {
        timeout: Duration::from_millis(300),
        ..SandboxSettings::default()
    });
    let error = ask(&sandbox, "hang").await.unwrap_err();
    assert!(
        matches!(&error, SandboxError::TimedOut { last_note: Some(note), .. } if note == b"began"),
        "{error:?}"
    );
}

#[tokio::test]
async fn memory_is_bounded() {
    let sandbox = sandbox(SandboxSettings {
        memory_bytes: 512 << 20,
        ..SandboxSettings::default()
    });
    assert!(matches!(ask(&sandbox, "gorge").await, Err(SandboxError::Died { .. })));
}

#[tokio::test]
async fn a_child_can_open_neither_file_nor_socket() {
    const NO_MORE_DESCRIPTORS: &str = "Err(Some(24))";
    let sandbox = sandbox(SandboxSettings::default());
    assert_eq!(ask(&sandbox, "open").await.unwrap(), NO_MORE_DESCRIPTORS);
    assert_eq!(ask(&sandbox, "connect").await.unwrap(), NO_MORE_DESCRIPTORS);
}

#[tokio::test]
async fn a_child_sees_only_the_environment_it_was_given() {
    let seen = ask(&sandbox(SandboxSettings::default()), "environment").await.unwrap();
    assert!(
        seen.split(',')
            .all(|name| matches!(name, "GIVEN" | "MIMALLOC_PURGE_DELAY") || name.starts_with("HUB_CHILD_")),
        "{seen}"
    );
}

#[tokio::test]
async fn a_request_over_the_bound_is_refused_before_it_is_sent() {
    let sandbox = sandbox(SandboxSettings {
        max_frame_bytes: 8,
        ..SandboxSettings::default()
    });
    assert!(matches!(ask(&sandbox, "nine bytes").await, Err(SandboxError::TooLarge { .. })));
    assert_eq!(ask(&sandbox, "eight by").await.unwrap(), "eight by");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let sandbox = Sandbox::new("/no/such/program".into(), vec![], vec![], SandboxSettings::default());
    assert!(ask(&sandbox, "x").await.unwrap_err().to_string().contains("/no/such/program"));
}

#[tokio::test]
async fn a_child_ends_with_its_parent_even_at_work() {
    use std::io::{Read as _, Write as _};
    let mut busy = std::process::Command::new(child())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .env_clear()
        .spawn()
        .unwrap();
    let mut input = busy.stdin.take().unwrap();
    input.write_all(b"\x04\0\0\0Qhang").unwrap();
    input.flush().unwrap();
    let mut note = [0; 10];
    busy.stdout.as_mut().unwrap().read_exact(&mut note).unwrap();
    assert_eq!(&note, b"\x05\0\0\0Nbegan");
    drop(input);
    let status = tokio::task::spawn_blocking(move || busy.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_child_that_died_while_idle_costs_no_request() {
    let sandbox = sandbox(SandboxSettings::default());
    let idle = ask(&sandbox, "pid").await.unwrap();
    let killed = std::process::Command::new("kill").args(["-9", &idle]).status().unwrap();
    assert!(killed.success());
    assert_ne!(ask(&sandbox, "pid").await.unwrap(), idle);
}
