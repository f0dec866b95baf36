use crate::msg;
use leptos::prelude::*;
use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};

/// The dark squares as one path, a run of them at a time, with the standard's quiet zone of four
/// around; and the side of the whole. `None` when the text is too long for any code.
fn path(text: &str) -> Option<(String, usize)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colours) = (code.width(), code.to_colors());
    let mut path = String::new();
    for (y, row) in colours.chunks(width).enumerate() {
        let mut x = 0;
        while x < width {
            let run = row[x..].iter().take_while(|c| **c == Color::Dark).count();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + 4, y + 4));
            }
            x += run.max(1);
        }
    }
    Some((path, width + 8))
}

/// A QR code, dark on white in both themes: scanners need it so.
#[component]
pub fn Qr(
    #[prop(into)] text: String,
    #[prop(optional, into)] label: Option<String>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    path(&text).map(|(path, side)| {
        view! {
            <svg
                class=format!("qr {class}")
                viewBox=format!("0 0 {side} {side}")
                role="img"
                aria-label=label.unwrap_or_else(|| msg::qr_label().to_owned())
                shape-rendering="crispEdges"
            >
                <rect class="light" width="100%" height="100%"/>
                <path class="dark" d=path/>
            </svg>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_corners_of_a_code() {
        let (path, side) = path("AQ5LaGlkbWE=").unwrap();
        assert!((29..=45).contains(&side), "{side}");
        // The finder pattern: seven dark squares in the first corner, within the quiet zone.
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
    }

    #[test]
    fn what_is_too_long_has_no_code() {
        assert!(path(&"x".repeat(5_000)).is_none());
    }
}
