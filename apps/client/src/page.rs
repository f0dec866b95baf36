//! What the server's shell tells the app: the JSON block `<script type="application/json"
//! id="khidma">`.

use crate::web;
use kernel::{Lang, Time};
use serde::Deserialize;
use std::sync::OnceLock;

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PageConfig {
    /// `customer` or `admin`.
    pub app: String,
    pub lang: Lang,
    /// `development`, `production`…
    pub env: String,
    /// Of the build, a hash.
    pub version: String,
    pub assets: Assets,
    pub payments: Payments,
    pub clock: ClockAnchor,
}

/// Addresses of what is loaded when it is needed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Assets {
    /// The sprite of icons.
    pub icons: String,
    /// The map's module.
    pub map: String,
    pub map_css: String,
}

/// Where a card becomes a token, without passing our server.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Payments {
    pub tokens_url: String,
    pub publishable_key: String,
}

/// Platform time when the shell was made. `speed`: platform seconds a real second.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct ClockAnchor {
    pub now: Time,
    pub speed: f64,
}

impl PageConfig {
    pub fn is_admin(&self) -> bool {
        self.app == "admin"
    }
    pub fn is_development(&self) -> bool {
        self.env == "development"
    }
    fn fallback() -> Self {
        Self {
            app: "customer".into(),
            lang: Lang::Ar,
            env: String::new(),
            version: String::new(),
            assets: Assets::default(),
            payments: Payments::default(),
            clock: ClockAnchor {
                now: web::wall_ms().map_or(Time::UNIX_EPOCH, |ms| Time::from_millis(ms as i64)),
                speed: 1.0,
            },
        }
    }
    fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

static PAGE: OnceLock<PageConfig> = OnceLock::new();

/// Parsed once. A page without a (readable) block is an Arabic customer page at the device's time.
pub fn page() -> &'static PageConfig {
    PAGE.get_or_init(|| {
        web::document()
            .and_then(|document| document.get_element_by_id("khidma"))
            .and_then(|block| block.text_content())
            .and_then(|json| PageConfig::parse(&json))
            .unwrap_or_else(PageConfig::fallback)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_read_and_nonsense_is_not() {
        let page = PageConfig::parse(
            r#"{"app":"admin","lang":"en","env":"development","version":"5e1","extra":1,
                "assets":{"icons":"/assets/icons-1.svg","map":"/assets/map-1.js","map_css":"/assets/m.css"},
                "payments":{"tokens_url":"https://x/tokens","publishable_key":"pk"},
                "clock":{"now":"2026-12-06T06:00:00Z","speed":60}}"#,
        )
        .unwrap();
        assert!(page.is_admin() && page.is_development());
        assert_eq!(page.lang, Lang::En);
        assert_eq!(page.clock.speed, 60.0);
        assert!(PageConfig::parse("{}").is_none());
        assert_eq!(super::page().app, "customer", "no document on the host");
    }
}
