//! How many parts a text becomes (3GPP TS 23.038): 160 characters of the GSM alphabet or 70 of
//! UCS-2 in one part; 153 or 67 in each of several.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The 7-bit default alphabet; a character of its extension table counts double.
    Gsm7,
    /// UTF-16 units; Arabic always, and a character beyond the basic plane counts double.
    Ucs2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    pub encoding: Encoding,
    /// In the encoding's own units: septets or UTF-16 units.
    pub units: u32,
    pub count: u32,
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} parts ({} units)", self.count, self.units)
    }
}

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// A character that takes two units is never cut in two: a part may stay one unit short.
pub fn parts(text: &str) -> Parts {
    let gsm = |c: char| {
        if BASIC.contains(c) {
            Some(1)
        } else if EXTENSION.contains(c) {
            Some(2)
        } else {
            None
        }
    };
    let widths: Option<Vec<u32>> = text.chars().map(gsm).collect();
    let (encoding, widths, single, several) = match widths {
        Some(widths) => (Encoding::Gsm7, widths, 160, 153),
        None => {
            let widths = text.chars().map(|c| c.len_utf16() as u32).collect();
            (Encoding::Ucs2, widths, 70, 67)
        }
    };
    let units: u32 = widths.iter().sum();
    let count = if units <= single {
        1
    } else {
        let mut count = 1;
        let mut room = several;
        for width in widths {
            if width > room {
                count += 1;
                room = several;
            }
            room -= width;
        }
        count
    };
    Parts {
        encoding,
        units,
        count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_one_part_and_of_several() {
        for (text, encoding, units, count) in [
            (String::new(), Encoding::Gsm7, 0, 1),
            ("a".repeat(160), Encoding::Gsm7, 160, 1),
            ("a".repeat(161), Encoding::Gsm7, 161, 2),
            ("a".repeat(306), Encoding::Gsm7, 306, 2),
            ("a".repeat(307), Encoding::Gsm7, 307, 3),
            ("€".repeat(80), Encoding::Gsm7, 160, 1),
            // 76 fit in 153 septets, because the 77th would be cut.
            ("€".repeat(153), Encoding::Gsm7, 306, 3),
            ("ن".repeat(70), Encoding::Ucs2, 70, 1),
            ("ن".repeat(71), Encoding::Ucs2, 71, 2),
            ("ن".repeat(134), Encoding::Ucs2, 134, 2),
            ("ن".repeat(135), Encoding::Ucs2, 135, 3),
            ("😀".repeat(35), Encoding::Ucs2, 70, 1),
            // 33 fit in 67 units.
            ("😀".repeat(67), Encoding::Ucs2, 134, 3),
            ("Your code is ١٢٣٤".into(), Encoding::Ucs2, 17, 1),
        ] {
            let wanted = Parts {
                encoding,
                units,
                count,
            };
            assert_eq!(parts(&text), wanted, "{text}");
        }
    }
}
