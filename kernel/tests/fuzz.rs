//! Fuzz targets: the vocabulary as it is read from outside.

#![allow(clippy::unwrap_used)]

use fuzz::Target;
use kernel::{BookingId, JobId, Lang, Phone, Slug, Time};

/// As serde and axum hand it over.
fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

#[test]
fn fuzz_phones() {
    let target = Target::of("phones");
    target.check(|input| {
        let text = text(input);
        let read = Phone::parse(&text).ok();
        let json = serde_json::Value::from(text.clone());
        assert_eq!(serde_json::from_value(json).ok(), read);
        let Some(phone) = read else { return };
        let number = phone.e164();
        let digits = number.strip_prefix("+9665").unwrap();
        assert!(
            digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()),
            "{number}"
        );
        assert!(text.len() <= 64, "{} bytes are a number", text.len());
        assert_eq!(Phone::parse(number).as_ref(), Ok(&phone));
        assert!(
            !format!("{phone:?}").contains(&digits[..4]),
            "a log shows it"
        );
    });
    target.is_linear(|input| Phone::parse(&text(input)));
}

#[test]
fn fuzz_ids() {
    let target = Target::of("ids").and(BookingId::new().to_string());
    target.check(|input| {
        let text = text(input);
        let Ok(id) = text.parse::<BookingId>() else {
            return;
        };
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
        assert_eq!(id.to_string().parse::<BookingId>().unwrap(), id);
        assert!(text.parse::<JobId>().is_err(), "it is two kinds of id");
    });
    target.is_linear(|input| text(input).parse::<BookingId>());
}

#[test]
fn fuzz_slugs() {
    let target = Target::of("slugs");
    target.check(|input| {
        let text = text(input);
        let Ok(slug) = Slug::parse(&text) else { return };
        assert_eq!(slug.as_str(), text);
        assert!(text.is_ascii() && (1..=64).contains(&text.len()));
        // It stands in paths and keys as it is.
        assert!(!text.contains(['/', '%', ':', ' ', '\0']));
    });
    target.is_linear(|input| Slug::parse(&text(input)));
}

#[test]
fn fuzz_times() {
    let target = Target::of("times");
    target.check(|input| {
        let Ok(time) = text(input).parse::<Time>() else {
            return;
        };
        assert_eq!(time.to_string().parse::<Time>().unwrap(), time);
        let json = serde_json::to_value(time).unwrap();
        assert_eq!(serde_json::from_value::<Time>(json).unwrap(), time);
    });
    target.is_linear(|input| text(input).parse::<Time>());
}

/// `Accept-Language`.
#[test]
fn fuzz_languages() {
    let target = Target::of("languages");
    target.check(|input| {
        let header = text(input);
        let lang = Lang::from_accept_language(&header);
        let names_english = header.to_ascii_lowercase().contains("en");
        assert!(
            names_english || lang == Lang::Ar,
            "nobody asked for English"
        );
        // More than anybody sends is not read.
        let longer = format!("{},en;q=1", ["ar;q=0.9"; 16].join(","));
        assert_eq!(
            Lang::from_accept_language(&format!("{longer},{header}")),
            Lang::Ar
        );
    });
    target.is_linear(|input| Lang::from_accept_language(&text(input)));
}

/// What is searched for.
#[test]
fn fuzz_words() {
    let target = Target::of("words");
    target.check(|input| {
        let text = text(input);
        let folded = kernel::fold(&text);
        assert_eq!(
            kernel::fold(&folded),
            folded,
            "what is stored is not what is searched"
        );
        assert!(
            folded.chars().all(|c| c == ' ' || c.is_alphanumeric()),
            "{folded:?}"
        );
        assert!(folded.len() <= 3 * text.len());
    });
    target.is_linear(|input| kernel::fold(&text(input)));
}
