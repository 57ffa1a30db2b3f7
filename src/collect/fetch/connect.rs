//! The connections: proxies, certificates, and names that are judged when they are resolved.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, NoProxy, Proxy, redirect};
use url::Url;

use super::causes::deepest;
use super::policy::Guard;
use super::{FetchError, FetchOptions};

/// How long a connection that nobody uses stays open.
const IDLE: Duration = Duration::from_secs(30);

/// A client that follows no redirect and decodes nothing: both are done here. With a guard, names are judged.
pub(super) fn client(options: &FetchOptions, guard: Option<&Guard>) -> Result<reqwest::Client, FetchError> {
    let setup = |error: reqwest::Error| FetchError::Setup(deepest(&error));
    let certificates = options.ca.as_deref().map(certificates).transpose()?.unwrap_or_default();
    let builder = || {
        let mut builder = reqwest::Client::builder()
            .user_agent(&options.user_agent)
            .connect_timeout(options.connect_timeout)
            .redirect(redirect::Policy::none())
            .referer(false)
            // Servers write what no standard allows, and browsers read it.
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .pool_max_idle_per_host(options.per_host)
            .pool_idle_timeout(IDLE);
        if let Some(proxy) = &options.proxy {
            builder = builder.proxy(Proxy::all(proxy)?.no_proxy(NoProxy::from_env()));
        }
        Ok(match guard {
            Some(guard) => builder.dns_resolver(guard.clone()),
            None => builder,
        })
    };
    let with_system = builder().and_then(|builder| builder.tls_certs_merge(certificates.clone()).build());
    // A machine without any certificate can still be asked for what is local or unencrypted.
    with_system.or_else(|_| builder()?.tls_certs_only(certificates).build()).map_err(setup)
}

/// The certificates of a file in PEM form.
fn certificates(path: &Path) -> Result<Vec<Certificate>, FetchError> {
    let fault = |reason: String| FetchError::Setup(format!("{}: {reason}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&bytes).map_err(|error| fault(deepest(&error)))?;
    if found.is_empty() { Err(fault("there is no certificate in it".to_owned())) } else { Ok(found) }
}

/// The names of the proxies that requests may go through: the one of the options, else those of the system.
pub(super) fn proxy_hosts(options: &FetchOptions) -> BTreeSet<String> {
    let name = |host: &str| host.trim_end_matches('.').to_ascii_lowercase();
    if let Some(proxy) = &options.proxy {
        let with_scheme = if proxy.contains("://") { proxy.clone() } else { format!("http://{proxy}") };
        return Url::parse(&with_scheme).ok().and_then(|url| url.host_str().map(name)).into_iter().collect();
    }
    let system = Matcher::from_system();
    // Whatever name stands here: which proxy is used depends on the scheme alone.
    ["http://wenji.invalid/", "https://wenji.invalid/"]
        .iter()
        .filter_map(|target| system.intercept(&target.parse().ok()?)?.uri().host().map(name))
        .collect()
}
