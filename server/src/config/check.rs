//! What is wrong with the settings: `khidma config check` and every start.

use super::{Config, Environment, secrets};
use settlement::SellerSettings;

impl Config {
    /// Everything that is wrong, one line each; empty means good.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |ok: bool, what: &str| {
            if !ok {
                faults.push(what.to_owned());
            }
        };
        check(
            self.token_seed().is_ok(),
            "secrets.token_seed: 64 hexadecimal digits are wanted",
        );
        if let Err(fault) = self.sealer() {
            check(false, &format!("secrets.column_keys: {fault}"));
        }
        check(
            self.secrets.code_pepper.expose().len() >= 16,
            "secrets.code_pepper: at least 16 characters are wanted",
        );
        check(
            self.secrets.internal.expose().len() >= 16,
            "secrets.internal: at least 16 characters are wanted",
        );
        check(
            self.settlement.seller.is_sane(),
            "settlement.seller: names in both languages and a VAT number of 15 digits, 3…3, are wanted",
        );
        let production = self.env == Environment::Production;
        for fault in self.privacy.faults(&self.publisher(), production) {
            check(false, &fault);
        }
        check(
            self.vendors.is_sane(),
            "vendors.bank_account_cooling_hours: 0 to 168 are wanted",
        );
        check(
            self.bookings.is_sane(),
            "bookings: payment_tries of 1 to 100 and unused_photos of 10 or more are wanted",
        );
        check(
            self.settlement.declines_per_day > 0,
            "settlement.declines_per_day: at least 1, or no card is ever tried",
        );
        check(
            self.database.connections >= 4,
            "database.connections: at least 4 are wanted",
        );
        check(
            self.database.connections as usize > 2 * self.worker.concurrency,
            "database.connections: more than twice worker.concurrency is wanted, since a job may need two",
        );
        check(
            self.worker.concurrency >= 1,
            "worker.concurrency: at least 1 is wanted",
        );
        check(
            matches!(self.log.format.as_str(), "json" | "text"),
            "log.format: json or text is wanted",
        );
        for fault in crate::edge::faults(self) {
            check(false, &fault);
        }
        if self.env != Environment::Development {
            for fault in secrets::faults(self) {
                check(false, &fault);
            }
        }
        for fault in self.sign_in.faults(self.env != Environment::Development) {
            check(false, &format!("sign_in.{fault}"));
        }
        if production {
            for (name, url) in [
                ("payments.base_url", &self.payments.base_url),
                ("sms.base_url", &self.sms.base_url),
                (
                    "geocoding.national_address_url",
                    &self.geocoding.national_address_url,
                ),
                ("geocoding.nominatim_url", &self.geocoding.nominatim_url),
            ] {
                check(
                    url.scheme() == "https",
                    &format!("{name}: production speaks https to gateways"),
                );
                let local = matches!(
                    url.host_str(),
                    Some("localhost" | "127.0.0.1" | "::1") | None
                );
                check(
                    !local,
                    &format!("{name}: this is a sandbox gateway on this machine"),
                );
            }
            check(
                self.payments.secret_key.expose().starts_with("sk_live_"),
                "payments.secret_key: production wants a live key (sk_live_…)",
            );
            check(
                self.settlement.seller.vat_number != SellerSettings::NOBODYS_VAT_NUMBER,
                "settlement.seller.vat_number: receipts want the seller's own VAT number",
            );
            check(
                self.public_url.scheme() == "https",
                "public_url: production is reached over https",
            );
            check(
                self.public_url.domain().is_some(),
                "public_url: passkeys are bound to a name, not to an address",
            );
        }
        faults
    }
}
