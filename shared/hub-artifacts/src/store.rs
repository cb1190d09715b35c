//! The store.

use crate::ArtifactError;
use bytes::Bytes;
use hub_codec::{CodecError, CodecLimits, decode_json, decode_snapshot, encode_json, encode_snapshot};
use hub_model::{Digest, Report, Snapshot, Surface};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use url::Url;

hub_model::settings! {
    /// Where artifacts lie.
    pub struct ArtifactSettings {
        /// `file:///DIRECTORY` (made when missing), `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`, `az://CONTAINER/PREFIX`; credentials by the cloud's own variables.
        pub url: String = "HUB_ARTIFACTS_URL", "file:///var/lib/mcp-hub/artifacts".to_owned();
    }
}

/// What an artifact is; part of where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Snapshot,
    Surface,
    Report,
}

/// Longest note about an earlier analysis: a digest.
const MAX_NOTE_BYTES: u64 = 200;

/// Artifacts by digest. Cheap to clone.
#[derive(Clone)]
pub struct ArtifactStore {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) prefix: Path,
    limits: CodecLimits,
}

impl ArtifactStore {
    /// Opens the store at a URL; a local directory is made when it is missing. Clouds take their credentials and regions from
    /// their usual variables (`AWS_…`, `GOOGLE_…`, `AZURE_…`).
    ///
    /// # Errors
    /// [`ArtifactError::Url`] says what is wrong with it.
    pub fn open(settings: &ArtifactSettings, limits: CodecLimits) -> Result<Self, ArtifactError> {
        let bad = |why: String| ArtifactError::Url {
            url: settings.url.clone(),
            why,
        };
        let url = Url::parse(&settings.url).map_err(|e| bad(e.to_string()))?;
        if url.scheme() == "file" {
            let directory = url.to_file_path().map_err(|()| bad("it names no local directory".to_owned()))?;
            std::fs::create_dir_all(&directory).map_err(|e| bad(e.to_string()))?;
            let local = object_store::local::LocalFileSystem::new_with_prefix(&directory).map_err(|e| bad(e.to_string()))?;
            return Ok(Self {
                store: Arc::new(local),
                prefix: Path::default(),
                limits,
            });
        }
        let cloud = std::env::vars().filter(|(name, _)| ["AWS_", "GOOGLE_", "AZURE_"].iter().any(|p| name.starts_with(p)));
        let cloud = cloud.map(|(name, value)| (name.to_ascii_lowercase(), value));
        let (store, prefix) = object_store::parse_url_opts(&url, cloud).map_err(|e| bad(e.to_string()))?;
        Ok(Self {
            store: Arc::from(store),
            prefix,
            limits,
        })
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// Says in words what is wrong; made for readiness checks.
    pub async fn ready(&self) -> Result<(), String> {
        match self.store.head(&self.prefix.clone().join("ready")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Packs and stores a snapshot.
    ///
    /// # Errors
    /// [`ArtifactError`].
    pub async fn put_snapshot(&self, snapshot: Snapshot) -> Result<Digest, ArtifactError> {
        let bytes = off_the_reactor(move || encode_snapshot(&snapshot)).await?;
        self.put(Kind::Snapshot, bytes).await
    }

    /// Stores a surface.
    ///
    /// # Errors
    /// [`ArtifactError`].
    pub async fn put_surface(&self, surface: Surface) -> Result<Digest, ArtifactError> {
        self.put_json(Kind::Surface, surface).await
    }

    /// Stores a report.
    ///
    /// # Errors
    /// [`ArtifactError`].
    pub async fn put_report(&self, report: Report) -> Result<Digest, ArtifactError> {
        self.put_json(Kind::Report, report).await
    }

    async fn put_json<T: Serialize + Send + 'static>(&self, kind: Kind, value: T) -> Result<Digest, ArtifactError> {
        let bytes = off_the_reactor(move || encode_json(&value)).await?;
        self.put(kind, bytes).await
    }

    /// Stores bytes under their digest. Storing the same again changes nothing.
    async fn put(&self, kind: Kind, bytes: Vec<u8>) -> Result<Digest, ArtifactError> {
        let (digest, bytes) = off_the_reactor(move || Ok((Digest::of(&bytes), bytes))).await?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.check_size(digest, size)?;
        self.store
            .put(&self.path(kind, digest), PutPayload::from(bytes))
            .await
            .map_err(ArtifactError::Store)?;
        Ok(digest)
    }

    /// The snapshot with this digest.
    ///
    /// # Errors
    /// [`ArtifactError::Missing`], [`ArtifactError::Damaged`], [`ArtifactError::TooLarge`] and what the store itself says.
    pub async fn get_snapshot(&self, digest: Digest) -> Result<Snapshot, ArtifactError> {
        let bytes = self.get(Kind::Snapshot, digest).await?;
        let limits = self.limits.clone();
        off_the_reactor(move || decode_snapshot(&bytes, &limits)).await
    }

    /// The surface with this digest.
    ///
    /// # Errors
    /// As [`ArtifactStore::get_snapshot`].
    pub async fn get_surface(&self, digest: Digest) -> Result<Surface, ArtifactError> {
        self.get_json(Kind::Surface, digest).await
    }

    /// The report with this digest.
    ///
    /// # Errors
    /// As [`ArtifactStore::get_snapshot`].
    pub async fn get_report(&self, digest: Digest) -> Result<Report, ArtifactError> {
        self.get_json(Kind::Report, digest).await
    }

    async fn get_json<T: DeserializeOwned + Send + 'static>(&self, kind: Kind, digest: Digest) -> Result<T, ArtifactError> {
        let bytes = self.get(kind, digest).await?;
        let limits = self.limits.clone();
        off_the_reactor(move || decode_json(&bytes, &limits)).await
    }

    /// The bytes with this digest, as stored: compressed.
    ///
    /// # Errors
    /// As [`ArtifactStore::get_snapshot`].
    pub async fn get(&self, kind: Kind, digest: Digest) -> Result<Bytes, ArtifactError> {
        let found = match self.store.get(&self.path(kind, digest)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(ArtifactError::Missing { digest }),
            Err(e) => return Err(ArtifactError::Store(e)),
        };
        self.check_size(digest, found.meta.size)?;
        let bytes = found.bytes().await.map_err(ArtifactError::Store)?;
        off_the_reactor(move || {
            let found = Digest::of(&bytes);
            if found == digest {
                Ok(Ok(bytes))
            } else {
                Ok(Err(ArtifactError::Damaged { digest, found }))
            }
        })
        .await?
    }

    /// Removes an artifact; one that is gone already is no error.
    ///
    /// # Errors
    /// [`ArtifactError::Store`].
    pub async fn delete(&self, kind: Kind, digest: Digest) -> Result<(), ArtifactError> {
        match self.store.delete(&self.path(kind, digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(ArtifactError::Store(e)),
        }
    }

    /// The report that this engine and rule set made of an artifact earlier, if it is known.
    ///
    /// # Errors
    /// [`ArtifactError::Store`].
    pub async fn find_report(&self, artifact: Digest, scan_version: &str) -> Result<Option<Digest>, ArtifactError> {
        let found = match self.store.get(&self.note_path(artifact, scan_version)).await {
            Ok(found) if found.meta.size <= MAX_NOTE_BYTES => found,
            Ok(_) | Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(ArtifactError::Store(e)),
        };
        let note = found.bytes().await.map_err(ArtifactError::Store)?;
        // A note that cannot be read costs a repeated analysis.
        Ok(std::str::from_utf8(&note).ok().and_then(|text| text.trim().parse().ok()))
    }

    /// Remembers which report was made of an artifact.
    ///
    /// # Errors
    /// [`ArtifactError::Store`].
    pub async fn remember_report(&self, artifact: Digest, scan_version: &str, report: Digest) -> Result<(), ArtifactError> {
        let note = PutPayload::from(report.to_string().into_bytes());
        self.store
            .put(&self.note_path(artifact, scan_version), note)
            .await
            .map(drop)
            .map_err(ArtifactError::Store)
    }

    fn check_size(&self, digest: Digest, bytes: u64) -> Result<(), ArtifactError> {
        let limit = self.limits.max_stored_bytes;
        if bytes > limit {
            Err(ArtifactError::TooLarge { digest, bytes, limit })
        } else {
            Ok(())
        }
    }

    fn path(&self, kind: Kind, digest: Digest) -> Path {
        let (folder, suffix) = match kind {
            Kind::Snapshot => ("snapshots", "tar.zst"),
            Kind::Surface => ("surfaces", "json.zst"),
            Kind::Report => ("reports", "json.zst"),
        };
        let hex = digest.hex();
        // Spread over folders: a local directory with a million entries is slow.
        self.prefix.clone().join(folder).join(&hex[..2]).join(format!("{hex}.{suffix}"))
    }

    fn note_path(&self, artifact: Digest, scan_version: &str) -> Path {
        let hex = artifact.hex();
        let version: String = scan_version
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
            .collect();
        self.prefix
            .clone()
            .join("analysed")
            .join(&hex[..2])
            .join(hex.as_str())
            .join(version)
    }
}

impl std::fmt::Debug for ArtifactStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ArtifactStore({})", self.store)
    }
}

/// Packing, unpacking and hashing many megabytes would hold up everything else on this thread.
async fn off_the_reactor<T, F>(work: F) -> Result<T, ArtifactError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, CodecError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(ArtifactError::Crashed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hub_model::{Origin, OriginKind, SourceFile};

    fn snapshot(text: &str) -> Snapshot {
        let origin = Origin {
            kind: OriginKind::Git,
            name: "o/r".into(),
            source_url: "https://host/o/r".into(),
            resolved_version: "0".repeat(40),
            base_path: None,
        };
        let files = vec![SourceFile {
            path: "a.py".parse().unwrap(),
            text: text.into(),
        }];
        Snapshot {
            origin,
            files,
            skipped: vec![],
            warnings: vec![],
            advisories: None,
            package: None,
        }
    }

    fn open(url: &str) -> ArtifactStore {
        ArtifactStore::open(&ArtifactSettings { url: url.to_owned() }, CodecLimits::default()).unwrap()
    }

    /// What every kind of store must do.
    async fn behaves(store: &ArtifactStore) {
        store.ready().await.unwrap();
        let digest = store.put_snapshot(snapshot("x = 1")).await.unwrap();
        assert_eq!(
            store.put_snapshot(snapshot("x = 1")).await.unwrap(),
            digest,
            "the same again is the same"
        );
        assert_ne!(store.put_snapshot(snapshot("x = 2")).await.unwrap(), digest);
        assert_eq!(store.get_snapshot(digest).await.unwrap().files[0].text.as_ref(), "x = 1");
        let absent = Digest::of(b"never stored");
        assert!(matches!(store.get_snapshot(absent).await, Err(ArtifactError::Missing { .. })));
        assert!(
            matches!(store.get_surface(digest).await, Err(ArtifactError::Missing { .. })),
            "a kind is a place of its own"
        );

        assert_eq!(store.find_report(digest, "0.1.0+rules.abcd").await.unwrap(), None);
        store.remember_report(digest, "0.1.0+rules.abcd", absent).await.unwrap();
        assert_eq!(store.find_report(digest, "0.1.0+rules.abcd").await.unwrap(), Some(absent));
        assert_eq!(
            store.find_report(digest, "0.1.0+rules.ffff").await.unwrap(),
            None,
            "another rule set, another report"
        );

        store.delete(Kind::Snapshot, digest).await.unwrap();
        store.delete(Kind::Snapshot, digest).await.unwrap();
        assert!(matches!(store.get_snapshot(digest).await, Err(ArtifactError::Missing { .. })));
    }

    #[tokio::test]
    async fn a_local_directory_behaves() {
        let dir = tempfile::tempdir().unwrap();
        let url = Url::from_directory_path(dir.path().join("made/when missing")).unwrap();
        behaves(&open(url.as_str())).await;
    }

    #[tokio::test]
    async fn memory_behaves_also_below_a_prefix() {
        behaves(&open("memory:///")).await;
        behaves(&open("memory:///some/prefix")).await;
    }

    #[tokio::test]
    async fn damage_and_size_are_noticed_before_anything_is_unpacked() {
        let dir = tempfile::tempdir().unwrap();
        let url = Url::from_directory_path(dir.path()).unwrap().to_string();
        let store = open(&url);
        let digest = store.put_snapshot(snapshot("x")).await.unwrap();
        let hex = digest.hex();
        let file = dir.path().join(format!("snapshots/{}/{hex}.tar.zst", &hex[..2]));
        let small = ArtifactStore::open(
            &ArtifactSettings { url },
            CodecLimits {
                max_stored_bytes: 10,
                ..CodecLimits::default()
            },
        )
        .unwrap();
        assert!(matches!(small.get_snapshot(digest).await, Err(ArtifactError::TooLarge { .. })));
        assert!(matches!(
            small.put_snapshot(snapshot("y")).await,
            Err(ArtifactError::TooLarge { .. })
        ));
        std::fs::write(file, b"something else").unwrap();
        assert!(matches!(store.get_snapshot(digest).await, Err(ArtifactError::Damaged { .. })));
        let mended = store.put_snapshot(snapshot("x")).await.unwrap();
        assert_eq!(mended, digest);
        assert!(store.get_snapshot(digest).await.is_ok(), "storing again mends it");
    }

    #[test]
    fn an_unusable_url_says_what_to_write() {
        for bad in ["", "nowhere", "ftp://host/x", "file://otherhost/x"] {
            let e = ArtifactStore::open(&ArtifactSettings { url: bad.to_owned() }, CodecLimits::default()).unwrap_err();
            assert!(
                matches!(e, ArtifactError::Url { .. }) && e.to_string().contains("HUB_ARTIFACTS_URL"),
                "{bad}: {e}"
            );
        }
    }

    #[test]
    fn a_cloud_bucket_is_opened_without_a_request() {
        hub_runtime::install_crypto();
        assert!(format!("{:?}", open("s3://bucket/prefix")).contains("AmazonS3"));
    }
}
