//! What an operator decides about vendors.

use serde::Deserialize;

/// Every field has a default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VendorSettings {
    /// Between the second reviewer's approval of a new bank account and its taking effect: the owner was
    /// told, and can stop it. 0 to 168 hours.
    pub bank_account_cooling_hours: u32,
}

impl Default for VendorSettings {
    fn default() -> Self {
        Self {
            bank_account_cooling_hours: 24,
        }
    }
}

impl VendorSettings {
    /// Whether an approved change takes effect within a week.
    pub fn is_sane(&self) -> bool {
        self.bank_account_cooling_hours <= 168
    }
}
