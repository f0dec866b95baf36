//! What a tax invoice's QR code says (FACTS §6, phase 1): tag, length in bytes, value in UTF-8,
//! one after another, in Base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::{Money, Time};

/// The text of the QR code. Names longer than 255 bytes are cut at a character.
pub fn qr(seller: &str, vat_number: &str, at: Time, total: Money, vat: Money) -> String {
    let at = at.jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let values = [seller, vat_number, &at, &plain(total), &plain(vat)];
    let mut bytes = Vec::new();
    for (tag, value) in (1_u8..).zip(values) {
        let mut end = value.len().min(usize::from(u8::MAX));
        while !value.is_char_boundary(end) {
            end -= 1;
        }
        bytes.push(tag);
        // At most 255 by the line above.
        bytes.push(end as u8);
        bytes.extend_from_slice(&value.as_bytes()[..end]);
    }
    STANDARD.encode(bytes)
}

/// `1000.00`: two decimals and nothing else.
fn plain(amount: Money) -> String {
    let halalas = amount.halalas();
    let sign = if halalas < 0 { "-" } else { "" };
    let (riyals, rest) = (halalas.unsigned_abs() / 100, halalas.unsigned_abs() % 100);
    format!("{sign}{riyals}.{rest:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Time {
        "2022-04-25T15:30:00.250Z".parse().unwrap()
    }

    #[test]
    fn the_authority_s_example() {
        let text = qr(
            "Bobs Records",
            "310122393500003",
            at(),
            Money::from_riyals(1000),
            Money::from_riyals(150),
        );
        assert_eq!(
            text,
            "AQxCb2JzIFJlY29yZHMCDzMxMDEyMjM5MzUwMDAwMwMUMjAyMi0wNC0yNVQxNTozMDowMFoEBzEwMDAuMDAFBjE1MC4wMA=="
        );
    }

    #[test]
    fn lengths_are_in_bytes() {
        let seller = "خدمة";
        let text = qr(
            seller,
            "310122393500003",
            at(),
            Money::from_halalas(124_205),
            Money::from_halalas(5),
        );
        let bytes = STANDARD.decode(text).unwrap();
        assert_eq!(bytes[..2], [1, 8]);
        assert_eq!(&bytes[2..10], seller.as_bytes());
        assert!(bytes.ends_with(b"\x04\x071242.05\x05\x040.05"));
        // 150 two-byte letters: cut to 127 whole ones.
        let long = qr(&"خ".repeat(150), "", at(), Money::ZERO, Money::ZERO);
        let bytes = STANDARD.decode(long).unwrap();
        assert_eq!(bytes[1], 254);
        assert_eq!(bytes[256], 2);
    }
}
