//! How a client comes in and keeps its refresh token. Apps get it in the body. A browser's script
//! should never hold it, so there it is a cookie that scripts can't read, one for each web app.
//!
//! The cookie is read only where it is exchanged and where it ends, and only with the header
//! `X-Khidma-App`: another site's page can't send that without asking first, and nobody is asked.
//! `SameSite=Strict` and the browser's own word on where a request comes from stand beside it.

use crate::Identity;
use crate::settings::REFRESH_LIFE;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::AppendHeaders;
use contract_identity::{IdentityFault, SignedIn};
use platform::http::Problem;
use std::sync::Arc;

const APP: &str = "x-khidma-app";
/// The web apps: they share an origin, and one browser may be signed in to each.
const APPS: [&str; 4] = ["customer", "vendor", "admin", "corporate"];
/// Longer than any token of ours.
pub(crate) const LONGEST_TOKEN: usize = 128;

pub(crate) type Cookies = AppendHeaders<Option<(HeaderName, HeaderValue)>>;

/// What a request to sign in, refresh or sign out says beside its body.
pub(crate) struct Door {
    /// `Chrome, Android`; empty where nothing was said.
    pub(crate) device: String,
    jar: Option<Jar>,
}

/// A browser's.
struct Jar {
    name: String,
    secure: bool,
    token: Option<String>,
}

impl FromRequestParts<Arc<Identity>> for Door {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, me: &Arc<Identity>) -> Result<Self, Problem> {
        let headers = &parts.headers;
        Ok(Self {
            device: text(headers, header::USER_AGENT).map_or_else(String::new, device_of),
            jar: jar(headers, me.secure_cookies).map_err(|fault| Problem::of(&fault))?,
        })
    }
}

fn jar(headers: &HeaderMap, secure: bool) -> Result<Option<Jar>, IdentityFault> {
    let Some(app) = headers.get(APP) else {
        return Ok(None);
    };
    let app = APPS.into_iter().find(|known| app == known);
    let app = app.ok_or(IdentityFault::UnknownApp)?;
    if !is_own_site(headers) {
        return Err(IdentityFault::OtherSite);
    }
    // Browsers refuse the prefix, and Safari any secure cookie, where there is no TLS: that is
    // development, since production has none but https.
    let name = if secure {
        format!("__Host-khidma-{app}")
    } else {
        format!("khidma-{app}")
    };
    Ok(Some(Jar {
        token: cookie(headers, &name),
        name,
        secure,
    }))
}

/// Every browser of today says where a request comes from (Fetch Metadata); one that does not
/// names its origin, whose host must be ours. What says neither is no browser.
fn is_own_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => {
            let origin = origin.to_str().ok().and_then(|o| o.split_once("://"));
            let host = text(headers, header::HOST);
            origin.is_some_and(|(_, origin)| Some(origin) == host)
        }
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, token)| token.to_owned())
        .filter(|token| token.len() <= LONGEST_TOKEN)
}

impl Door {
    pub(crate) fn is_browser(&self) -> bool {
        self.jar.is_some()
    }

    /// The refresh token a browser holds.
    pub(crate) fn cookie(&self) -> Option<&str> {
        self.jar.as_ref()?.token.as_deref()
    }

    /// The answer as this client gets it: with the refresh token in the body or in its cookie.
    pub(crate) fn hand_out(&self, mut signed_in: SignedIn) -> (Cookies, SignedIn) {
        let cookie = self.jar.as_ref().and_then(|jar| {
            let token = signed_in.refresh_token.take()?;
            // The server decides when the token ends; the browser need not keep it longer than
            // an unused one lives.
            Some(jar.set(&token, REFRESH_LIFE.as_secs()))
        });
        (AppendHeaders(cookie), signed_in)
    }

    /// A browser forgets its token.
    pub(crate) fn clear(&self) -> Cookies {
        AppendHeaders(self.jar.as_ref().map(|jar| jar.set("", 0)))
    }
}

impl Jar {
    fn set(&self, token: &str, seconds: i64) -> (HeaderName, HeaderValue) {
        let secure = if self.secure { " Secure;" } else { "" };
        let text = format!(
            "{}={token}; Path=/; Max-Age={seconds};{secure} HttpOnly; SameSite=Strict",
            self.name
        );
        let value = HeaderValue::from_str(&text);
        (
            header::SET_COOKIE,
            value.expect("our names and base64url tokens are plain letters"),
        )
    }
}

/// What people call it, from a `User-Agent`: browser and system, or the program's own name. Short,
/// and of harmless letters: it is shown to people.
pub(crate) fn device_of(agent: &str) -> String {
    // In this order: most browsers also claim to be others.
    let browsers = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Macintosh", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)]| {
        let mut found = names.iter().filter(|(mark, _)| agent.contains(mark));
        found.next().map(|(_, name)| *name)
    };
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(browser), None) => browser.to_owned(),
        // `KhidmaTechnician/3.1 (…)` is a Khidma Technician to nobody: as it calls itself.
        (None, _) => agent
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
            .take(30)
            .collect::<String>()
            .trim()
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_is_read_only_with_the_header_and_from_our_own_pages() {
        let token = ("cookie", "lang=ar; __Host-khidma-admin=rft_a; x=y");
        let read = |more: &[(&'static str, &str)]| {
            let all = [&[token][..], more].concat();
            jar(&headers(&all), true).map(|jar| jar.and_then(|jar| jar.token))
        };
        let ours = Ok(Some("rft_a".to_owned()));
        assert_eq!(read(&[]), Ok(None), "no header");
        assert_eq!(read(&[(APP, "admin")]), ours);
        assert_eq!(read(&[(APP, "customer")]), Ok(None), "another app's");
        assert_eq!(read(&[(APP, "Admin")]), Err(IdentityFault::UnknownApp));
        assert_eq!(read(&[(APP, "")]), Err(IdentityFault::UnknownApp));
        for (name, value, own) in [
            ("sec-fetch-site", "same-origin", true),
            ("sec-fetch-site", "same-site", false),
            ("sec-fetch-site", "cross-site", false),
            ("sec-fetch-site", "none", false),
            ("origin", "https://khidma.example", true),
            ("origin", "https://khidma.example.evil.example", false),
            ("origin", "https://evil.example", false),
            ("origin", "null", false),
        ] {
            let wanted = if own {
                ours.clone()
            } else {
                Err(IdentityFault::OtherSite)
            };
            let found = read(&[(APP, "admin"), ("host", "khidma.example"), (name, value)]);
            assert_eq!(found, wanted, "{name}: {value}");
        }
    }

    #[test]
    fn the_cookie_is_out_of_the_reach_of_scripts_and_other_sites() {
        let jar = |secure| {
            jar(&headers(&[(APP, "customer")]), secure)
                .unwrap()
                .unwrap()
        };
        let (_, value) = jar(true).set("rft_x", 60);
        assert_eq!(
            value,
            "__Host-khidma-customer=rft_x; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Strict"
        );
        let (_, value) = jar(false).set("", 0);
        assert_eq!(
            value,
            "khidma-customer=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
        );
    }

    #[test]
    fn devices_are_called_as_people_call_them() {
        for (agent, device) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
                "Chrome, Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet, Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox, Mac",
            ),
            ("KhidmaTechnician/3.1 (Android 15)", "KhidmaTechnician"),
            ("curl/8.14.1", "curl"),
            ("<script>alert(1)</script>", ""),
            ("", ""),
        ] {
            assert_eq!(device_of(agent), device, "{agent}");
        }
    }

    proptest! {
        #[test]
        fn a_device_is_short_and_harmless(agent in "\\PC{0,200}") {
            let device = device_of(&agent);
            prop_assert!(device.len() <= 60);
            let harmful = device.contains(['<', '>', '&', '"', '{', '}', '\n']);
            prop_assert!(!harmful, "{}", device);
        }
    }
}
