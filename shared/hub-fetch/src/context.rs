//! All that an acquisition needs: addresses, bounds, clients.

use crate::advisories::AdvisorySettings;
use crate::config::{CompareSettings, FetchLimits, GitAccess, TokenUser};
use crate::npm::config::NpmConfig;
use crate::osv::Osv;
use crate::pypi::config::PypiConfig;
use hub_model::{CodeHosts, Lookup, OrgId, SettingError, SourceTarget};
use hub_net::{EgressPolicy, HttpClient, NetError, NetLimits, Url};
use std::sync::Arc;

/// Settings and clients for [`crate::acquire`]. Cheap to clone; one per process serves any number of acquisitions at once.
#[derive(Clone, Debug)]
pub struct FetchContext {
    inner: Arc<Inner>,
    /// Whose scan it is.
    user: TokenUser,
}

#[derive(Debug)]
struct Inner {
    limits: FetchLimits,
    npm: NpmConfig,
    pypi: PypiConfig,
    git: GitAccess,
    advisories: AdvisorySettings,
    osv: Option<Arc<Osv>>,
    facts: bool,
    compare: CompareSettings,
    hosts: CodeHosts,
    /// Reaches public addresses only: for code hosts, which a user names.
    public: HttpClient,
    /// Reaches the configured registries too, wherever they are: for packages.
    registries: HttpClient,
}

/// What a context is made of.
#[derive(Clone, Debug, Default)]
pub struct FetchConfig {
    pub egress: EgressPolicy,
    pub net: NetLimits,
    pub limits: FetchLimits,
    pub git: GitAccess,
    pub advisories: AdvisorySettings,
    pub npm: NpmConfig,
    pub pypi: PypiConfig,
    pub compare: CompareSettings,
    pub hosts: CodeHosts,
}

/// Why no context can be made.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(transparent)]
    Net(#[from] NetError),
}

impl FetchConfig {
    /// Reads the settings, and the registries out of npm's and pip's own configuration.
    ///
    /// # Errors
    /// Names the variable whose value is unusable.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, SettingError> {
        Ok(Self {
            egress: EgressPolicy::read(lookup)?,
            net: NetLimits::read(lookup)?,
            limits: FetchLimits::read(lookup)?,
            git: GitAccess::read(lookup)?,
            advisories: AdvisorySettings::read(lookup)?,
            npm: NpmConfig::read(lookup),
            pypi: PypiConfig::read(lookup),
            compare: CompareSettings::read(lookup)?,
            hosts: CodeHosts::read(lookup)?,
        })
    }

    /// Where no registry is configured, asks npm and pip for the ones that they use by default: both at once, and only the one
    /// that `target` needs (`None`: a local folder, which may need either for its dependencies). For the command line and
    /// development: it runs programs of this machine. A deployment sets `NPM_CONFIG_REGISTRY` and `PIP_INDEX_URL` instead.
    #[must_use]
    pub async fn or_ask_package_managers(mut self, target: Option<&SourceTarget>) -> Self {
        let asks_npm = self.npm.registry.is_none() && !matches!(target, Some(SourceTarget::Pypi(_)));
        let asks_pip = self.pypi.index.is_none() && !matches!(target, Some(SourceTarget::Npm(_)));
        let npm = async {
            if asks_npm {
                crate::npm::config::ask_npm_for_registry().await
            } else {
                None
            }
        };
        let pip = async {
            if asks_pip {
                crate::pypi::config::ask_pip_for_index().await
            } else {
                None
            }
        };
        let (npm, pip) = tokio::join!(npm, pip);
        self.npm.registry = self.npm.registry.or(npm);
        self.pypi.index = self.pypi.index.or(pip);
        self
    }
}

impl FetchContext {
    /// Builds the clients.
    ///
    /// The registries are the operator's own choice, so they may have private addresses; this holds for exactly their scheme,
    /// host and port, not for where they redirect to. Code hosts get no such trust: a private one needs `EGRESS_ALLOW`. They
    /// have a client of their own, so that a redirect from a repository cannot reach a registry behind the guard either.
    ///
    /// # Errors
    /// [`NetError::Client`] when TLS cannot be set up.
    pub fn new(config: FetchConfig) -> Result<Self, NetError> {
        let FetchConfig {
            egress,
            net,
            limits,
            git,
            advisories,
            npm,
            pypi,
            compare,
            hosts,
        } = config;
        let osv = Osv::of(&advisories, &egress, &net)?;
        let own: Vec<Url> = npm.origins().chain(pypi.index.iter()).cloned().collect();
        let public = HttpClient::new(egress.clone(), net.clone())?;
        let registries = HttpClient::trusting(egress, net, &own)?;
        Ok(Self {
            inner: Arc::new(Inner {
                limits,
                npm,
                pypi,
                git,
                advisories,
                osv,
                facts: true,
                compare,
                hosts,
                public,
                registries,
            }),
            user: TokenUser::CommandLine,
        })
    }

    /// The same for a scan of `org` on the platform, with the tokens that are for it and no other's; without one, with those that are for
    /// every org. The command line's own tokens are for neither.
    #[must_use]
    pub fn for_org(&self, org: Option<OrgId>) -> Self {
        self.of_user(org.map_or(TokenUser::Everyone, TokenUser::Org))
    }

    /// The same with no org's own tokens, for what is told to whoever asks; on the command line, which one person sees, no change.
    #[must_use]
    pub(crate) fn for_anyone(&self) -> Self {
        self.of_user(match self.user {
            TokenUser::CommandLine => TokenUser::CommandLine,
            TokenUser::Org(_) | TokenUser::Everyone => TokenUser::Everyone,
        })
    }

    fn of_user(&self, user: TokenUser) -> Self {
        Self {
            inner: self.inner.clone(),
            user,
        }
    }

    /// As [`FetchConfig::read`] and [`FetchContext::new`].
    ///
    /// # Errors
    /// As those.
    pub fn from_settings(lookup: Lookup<'_>) -> Result<Self, ContextError> {
        Ok(Self::new(FetchConfig::read(lookup)?)?)
    }

    /// The bounds.
    #[must_use]
    pub fn limits(&self) -> &FetchLimits {
        &self.inner.limits
    }

    /// The same registries, with the bounds that hold for one dependency.
    pub(crate) fn for_dependencies(&self) -> Self {
        let inner = &*self.inner;
        let mut limits = inner.limits.clone();
        limits.max_source_bytes = limits.max_source_bytes.min(limits.max_dependency_bytes.saturating_mul(2));
        Self {
            inner: Arc::new(Inner {
                limits,
                npm: inner.npm.clone(),
                pypi: inner.pypi.clone(),
                git: inner.git.clone(),
                // The whole tree is looked up once, by whoever asked for it.
                advisories: AdvisorySettings::default(),
                osv: None,
                facts: false,
                compare: CompareSettings::default(),
                hosts: inner.hosts.clone(),
                public: inner.public.clone(),
                registries: inner.registries.clone(),
            }),
            user: self.user,
        }
    }

    pub(crate) fn npm(&self) -> &NpmConfig {
        &self.inner.npm
    }

    pub(crate) fn pypi(&self) -> &PypiConfig {
        &self.inner.pypi
    }

    pub(crate) fn advisories(&self) -> &AdvisorySettings {
        &self.inner.advisories
    }

    /// The access token for a code host (`host` or `host:port`) that this scan may use.
    pub(crate) fn git_token(&self, host: &str) -> Option<&str> {
        self.inner.git.token(host, self.user)
    }

    pub(crate) fn osv(&self) -> Option<&Osv> {
        self.inner.osv.as_deref()
    }

    /// Whether what a registry says beside the files is wanted: of a target, not of its dependencies.
    pub(crate) fn facts(&self) -> bool {
        self.inner.facts
    }

    pub(crate) fn compare(&self) -> &CompareSettings {
        &self.inner.compare
    }

    pub(crate) fn hosts(&self) -> &CodeHosts {
        &self.inner.hosts
    }

    pub(crate) fn public(&self) -> &HttpClient {
        &self.inner.public
    }

    pub(crate) fn registries(&self) -> &HttpClient {
        &self.inner.registries
    }
}
