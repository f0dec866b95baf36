//! The texts that people agree to.

use crate::Purpose;
use kernel::{Lang, Text};
use serde::{Deserialize, Serialize};

/// A text that holds now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct LegalText {
    pub purpose: Purpose,
    /// What is sent when somebody agrees to it.
    #[cfg_attr(feature = "server", schema(example = "2026-11"))]
    pub version: String,
    pub title: Text,
    /// Where each language is read: addresses of pages for a browser, without signing in.
    pub page: Text,
}

/// The terms and the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct LegalTexts {
    pub items: Vec<LegalText>,
    /// The language whose words count where the two differ.
    pub binding: Lang,
}
