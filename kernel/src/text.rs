use serde::{Deserialize, Serialize};

/// The caller's language. Arabic unless asked otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Lang {
    #[default]
    Ar,
    En,
}

impl Lang {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ar => "ar",
            Self::En => "en",
        }
    }

    /// The better of the two for an `Accept-Language` header (RFC 9110 §12.5.4); Arabic when
    /// neither is named.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (Self::Ar, 0.0_f32);
        for item in header.split(',').take(16) {
            let mut parts = item.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let quality = parts
                .find_map(|p| p.trim().strip_prefix("q=").and_then(|q| q.parse().ok()))
                .unwrap_or(1.0);
            let lang = match tag.split('-').next() {
                Some("ar") => Self::Ar,
                Some("en") => Self::En,
                _ => continue,
            };
            if quality > best.1 {
                best = (lang, quality);
            }
        }
        best.0
    }
}

impl std::str::FromStr for Lang {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "ar" => Ok(Self::Ar),
            "en" => Ok(Self::En),
            _ => Err(()),
        }
    }
}

/// Words in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Text {
    pub ar: String,
    pub en: String,
}

impl Text {
    pub fn new(ar: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            ar: ar.into(),
            en: en.into(),
        }
    }
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ar => &self.ar,
            Lang::En => &self.en,
        }
    }
}

/// English first: what a log or `Display` shows.
impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}

/// Folds words for searching: lower case, Arabic letter variants (أإآ→ا, ى→ي, ة→ه) united,
/// diacritics and tatweel dropped, Arabic-Indic digits made Latin. Applied to both what is
/// searched and what is typed.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'أ' | 'إ' | 'آ' | 'ٱ' => out.push('ا'),
            'ى' | 'ئ' => out.push('ي'),
            'ؤ' => out.push('و'),
            'ة' => out.push('ه'),
            '\u{064b}'..='\u{0652}' | '\u{0670}' | 'ـ' => {}
            '٠'..='٩' => out.push(char::from(b'0' + (c as u32 - '٠' as u32) as u8)),
            c if c.is_alphanumeric() => out.extend(c.to_lowercase()),
            _ if out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_by_header() {
        for (header, lang) in [
            ("", Lang::Ar),
            ("en-GB,en;q=0.9", Lang::En),
            ("fr, en;q=0.5, ar;q=0.8", Lang::Ar),
            ("en;q=0.2, ar;q=0.1", Lang::En),
            ("de", Lang::Ar),
        ] {
            assert_eq!(Lang::from_accept_language(header), lang, "{header}");
        }
    }

    #[test]
    fn folding_unites_spellings() {
        assert_eq!(fold("تَسْرِيب  مياهٍ"), "تسريب مياه");
        assert_eq!(fold("صيانة الأفياش"), fold("صيانه الافياش"));
        assert_eq!(fold("  AC-Split "), "ac split");
    }
}
