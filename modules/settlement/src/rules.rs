//! Who gets what, and what an account number is: pure.

use contract_settlement::{CardMark, SettleBooking};
use gateway_payments::{PaymentSource, SequenceNumber};
use kernel::{Money, Time, VAT_BASIS_POINTS};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How a booking's total is shared. The parts sum to it: `vendor_share + vat_output − vat_input +
/// commission = total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    pub total: Money,
    /// What the vendor is owed.
    pub vendor_share: Money,
    /// The VAT inside all that the customer paid: the platform invoices the customer.
    pub vat_output: Money,
    /// The VAT inside a registered vendor's share: the vendor invoices the platform.
    pub vat_input: Money,
    /// What the platform keeps, its fixed fee and no VAT in it.
    pub commission: Money,
}

/// Shares out what was agreed (DOMAIN §5, FACTS §1). Commission is taken from the service value
/// only, the platform fee is the platform's, materials are the vendor's. A vendor who is not
/// registered for VAT gets the share without the VAT in it: the platform is the deemed supplier
/// and owes it. Commission is what is left, so no halala is lost.
pub fn split(agreed: &SettleBooking) -> Split {
    let total = agreed.total();
    let vendor_gross =
        agreed.service - agreed.service.share(agreed.commission_basis_points) + agreed.materials;
    let vat_of_vendor = vendor_gross.vat_inside(VAT_BASIS_POINTS);
    let (vendor_share, vat_input) = if agreed.vendor_vat_registered {
        (vendor_gross, vat_of_vendor)
    } else {
        (vendor_gross - vat_of_vendor, Money::ZERO)
    };
    let vat_output = total.vat_inside(VAT_BASIS_POINTS);
    Split {
        total,
        vendor_share,
        vat_output,
        vat_input,
        commission: total - vendor_share - vat_output + vat_input,
    }
}

/// Whether an instruction can be carried out at all.
pub fn is_sane(agreed: &SettleBooking) -> bool {
    !agreed.platform_fee.is_negative()
        && !agreed.service.is_negative()
        && !agreed.materials.is_negative()
        && agreed.total().is_positive()
        && agreed.commission_basis_points <= 10_000
}

/// A cancellation fee is the platform's, VAT inside: `(vat, kept)`.
pub fn split_fee(fee: Money) -> (Money, Money) {
    let vat = fee.vat_inside(VAT_BASIS_POINTS);
    (vat, fee - vat)
}

/// How much to capture of each hold, in their order, to collect `agreed`: never more than was
/// authorised.
pub fn allocate(agreed: Money, authorised: &[Money]) -> Vec<Money> {
    let mut left = agreed.max(Money::ZERO);
    authorised
        .iter()
        .map(|hold| {
            let take = left.min(*hold);
            left -= take;
            take
        })
        .collect()
}

/// The gateway demands a random-looking (version 4) UUID: a key of another version is hashed
/// into one.
pub fn payment_id(key: Uuid) -> Uuid {
    if key.get_version_num() == 4 {
        return key;
    }
    let hash = Sha256::digest(key.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// `mada •••• 1010`
pub fn card_label(source: &PaymentSource) -> Option<String> {
    let number = source.masked_number.as_deref()?;
    let last_four = number.get(number.len().checked_sub(4)?..)?;
    let scheme = match source.company.as_deref() {
        Some("visa") => "Visa",
        Some("master") => "Mastercard",
        Some("amex") => "Amex",
        Some(other) => other,
        None => return Some(format!("•••• {last_four}")),
    };
    Some(format!("{scheme} •••• {last_four}"))
}

/// The card as its owner recognises it, where the gateway tells all of it.
pub fn card_mark(source: &PaymentSource) -> Option<CardMark> {
    let number = source.masked_number.as_deref()?;
    let last4 = number.get(number.len().checked_sub(4)?..)?;
    let brand = source
        .company
        .as_deref()
        .filter(|brand| !brand.is_empty())?;
    last4.bytes().all(|b| b.is_ascii_digit()).then(|| CardMark {
        brand: brand.to_ascii_lowercase(),
        last4: last4.to_owned(),
    })
}

/// A Saudi IBAN without spaces, if its check digits hold (ISO 7064 mod 97-10).
pub fn saudi_iban(text: &str) -> Option<String> {
    let iban: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let shaped = iban.len() == 24
        && iban.starts_with("SA")
        && iban.bytes().skip(2).take(4).all(|b| b.is_ascii_digit())
        && iban.bytes().all(|b| b.is_ascii_alphanumeric());
    if !shaped {
        return None;
    }
    let rearranged = iban.bytes().skip(4).chain(iban.bytes().take(4));
    let rest = rearranged.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    (rest == 1).then_some(iban)
}

/// The day in Riyadh and a running number: 16 digits, unique for ever in the gateway's account.
/// `None` after ten thousand million payouts.
pub fn sequence_number(now: Time, number: i64) -> Option<SequenceNumber> {
    const ROOM: u64 = 10_000_000_000;
    let number = u64::try_from(number).ok().filter(|n| *n < ROOM)?;
    let day = now.in_riyadh();
    let (year, month, day) = (
        day.year() as u64 % 100,
        day.month() as u64,
        day.day() as u64,
    );
    SequenceNumber::new((year * 10_000 + month * 100 + day) * ROOM + number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{BookingId, UserId, VendorId};
    use proptest::prelude::*;

    fn agreed(
        fee: i64,
        service: i64,
        materials: i64,
        basis_points: u32,
        registered: bool,
    ) -> SettleBooking {
        SettleBooking {
            booking: BookingId::new(),
            customer: UserId::new(),
            vendor: VendorId::new(),
            platform_fee: Money::from_halalas(fee),
            service: Money::from_halalas(service),
            materials: Money::from_halalas(materials),
            commission_basis_points: basis_points,
            vendor_vat_registered: registered,
            hold_days: 45,
        }
    }

    #[test]
    fn splits_worked_by_hand() {
        // (fee, service, materials, basis points, registered) → (vendor, VAT out, VAT in, commission)
        for (input, expected) in [
            // 30 + 200 SAR, 15 %: the vendor's gross is 170.00, its VAT 22.17; of 230.00 it is 30.00.
            ((3000, 20000, 0, 1500, true), (17000, 3000, 2217, 5217)),
            ((3000, 20000, 0, 1500, false), (14783, 3000, 0, 5217)),
            // Materials carry no commission: gross 170.00 + 100.00.
            ((3000, 20000, 10000, 1500, true), (27000, 4304, 3522, 5218)),
            ((3000, 20000, 10000, 1500, false), (23478, 4304, 0, 5218)),
            // Only the fee: all of it is the platform's.
            ((3000, 0, 0, 1500, true), (0, 391, 0, 2609)),
            // No commission, no fee: the platform keeps nothing.
            ((0, 11500, 0, 0, true), (11500, 1500, 1500, 0)),
            ((0, 11500, 0, 0, false), (10000, 1500, 0, 0)),
        ] {
            let (fee, service, materials, basis_points, registered) = input;
            let s = split(&agreed(fee, service, materials, basis_points, registered));
            let got = (
                s.vendor_share.halalas(),
                s.vat_output.halalas(),
                s.vat_input.halalas(),
                s.commission.halalas(),
            );
            assert_eq!(got, expected, "{input:?}");
        }
    }

    proptest! {
        #[test]
        fn a_split_sums_to_the_total_and_nobody_owes(
            fee in 0_i64..10_000, service in 0_i64..5_000_000, materials in 0_i64..5_000_000,
            basis_points in 0_u32..=10_000, registered: bool,
        ) {
            let agreed = agreed(fee, service, materials, basis_points, registered);
            let s = split(&agreed);
            prop_assert_eq!(s.vendor_share + s.vat_output - s.vat_input + s.commission, agreed.total());
            prop_assert_eq!(s.total, agreed.total());
            for part in [s.vendor_share, s.vat_output, s.vat_input, s.commission] {
                prop_assert!(!part.is_negative(), "{:?}", s);
            }
            prop_assert!(registered || s.vat_input.is_zero());
        }

        #[test]
        fn whether_the_vendor_is_registered_is_nothing_to_the_platform(
            service in 0_i64..5_000_000, materials in 0_i64..5_000_000, basis_points in 0_u32..=10_000,
        ) {
            let yes = split(&agreed(3000, service, materials, basis_points, true));
            let no = split(&agreed(3000, service, materials, basis_points, false));
            prop_assert_eq!(yes.commission, no.commission);
            prop_assert_eq!(yes.vendor_share - yes.vat_input, no.vendor_share);
        }

        #[test]
        fn no_hold_gives_more_than_it_has(agreed in 0_i64..100_000, holds in prop::collection::vec(1_i64..50_000, 0..5)) {
            let holds: Vec<_> = holds.into_iter().map(Money::from_halalas).collect();
            let agreed = Money::from_halalas(agreed);
            let taken = allocate(agreed, &holds);
            prop_assert!(taken.iter().zip(&holds).all(|(t, h)| t <= h && !t.is_negative()));
            let held: Money = holds.iter().copied().sum();
            prop_assert_eq!(taken.iter().copied().sum::<Money>(), agreed.min(held));
        }

        #[test]
        fn any_key_becomes_a_version_4_id(bits: u128) {
            let id = payment_id(Uuid::from_u128(bits));
            prop_assert_eq!(id.get_version_num(), 4);
            prop_assert_eq!(id, payment_id(Uuid::from_u128(bits)));
        }
    }

    #[test]
    fn iban_check_digits() {
        for (text, good) in [
            ("SA0380000000608010167519", true),
            ("sa03 8000 0000 6080 1016 7519", true),
            ("SA0380000000608010167518", false),
            ("SA0480000000608010167519", false),
            ("SA038000000060801016751", false),
            ("GB29NWBK60161331926819", false),
            ("SA03800000006080101675١٩", false),
            ("", false),
        ] {
            assert_eq!(saudi_iban(text).is_some(), good, "{text}");
        }
        for text in ["SA0380000000608010167519", "7519"] {
            assert_eq!(contract_settlement::masked_iban(text), "SA•• •••• 7519");
        }
    }

    #[test]
    fn card_labels() {
        let source = |company: Option<&str>, number: Option<&str>| PaymentSource {
            company: company.map(Into::into),
            masked_number: number.map(Into::into),
            ..PaymentSource::default()
        };
        let number = Some("4201-32XX-XXXX-1010");
        for (company, number, label) in [
            (Some("mada"), number, Some("mada •••• 1010")),
            (Some("master"), number, Some("Mastercard •••• 1010")),
            (None, number, Some("•••• 1010")),
            (Some("visa"), None, None),
            (Some("visa"), Some("10"), None),
        ] {
            assert_eq!(card_label(&source(company, number)).as_deref(), label);
        }
    }

    #[test]
    fn card_marks() {
        let mark = |company: Option<&str>, number: Option<&str>| {
            card_mark(&PaymentSource {
                company: company.map(Into::into),
                masked_number: number.map(Into::into),
                ..PaymentSource::default()
            })
        };
        let known = mark(Some("Mada"), Some("4201-32XX-XXXX-1010")).unwrap();
        assert_eq!(
            (known.brand.as_str(), known.last4.as_str()),
            ("mada", "1010")
        );
        assert!(mark(None, Some("4201-32XX-XXXX-1010")).is_none());
        assert!(mark(Some(""), Some("4201-32XX-XXXX-1010")).is_none());
        assert!(mark(Some("visa"), Some("XXXX")).is_none());
        assert!(mark(Some("visa"), None).is_none());
    }

    #[test]
    fn sequence_numbers_have_sixteen_digits() {
        let now: Time = "2026-12-06T21:30:00Z".parse().unwrap();
        assert_eq!(
            sequence_number(now, 42).unwrap().to_string(),
            "2612070000000042"
        );
        assert!(sequence_number(now, 10_000_000_000).is_none());
        assert!(sequence_number(now, -1).is_none());
    }
}
