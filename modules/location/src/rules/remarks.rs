//! What an import has to say of a feature or a sector, in both languages.

use crate::rules::boundaries::{MAX_CORNERS, MAX_NAME};
use contract_location::ImportRemark;
use kernel::Text;

/// What there is to say of a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Remark {
    NotAFeature,
    NoName,
    NameTooLong,
    NotAnArea,
    BrokenRing,
    TooManyCorners,
    OutsideRiyadh,
    Crossing,
    TooSmall,
    Duplicate {
        of: String,
    },
    /// A note: the Arabic name stands for the English one.
    NoEnglishName,
    /// A note: others' boundaries cover it whole.
    Covered,
}

impl Remark {
    pub(crate) fn on(self, name: &str) -> ImportRemark {
        let (code, ar, en) = match &self {
            Self::NotAFeature => (
                "not_a_feature",
                "ليس عنصرًا من عناصر GeoJSON".into(),
                "not a GeoJSON feature".into(),
            ),
            Self::NoName => ("no_name", "لا اسم له".into(), "it has no name".into()),
            Self::NameTooLong => (
                "name_too_long",
                format!("الاسم أطول من {MAX_NAME} حرف"),
                format!("the name is longer than {MAX_NAME} characters"),
            ),
            Self::NotAnArea => (
                "not_an_area",
                "ليس مضلّعًا".into(),
                "it is neither a Polygon nor a MultiPolygon".into(),
            ),
            Self::BrokenRing => (
                "broken_ring",
                "حلقة غير مغلقة أو أقل من أربع نقاط".into(),
                "a ring is not closed or has fewer than four positions".into(),
            ),
            Self::TooManyCorners => (
                "too_many_corners",
                format!("أكثر من {MAX_CORNERS} نقطة"),
                format!("more than {MAX_CORNERS} positions"),
            ),
            Self::OutsideRiyadh => (
                "outside_riyadh",
                "خارج الرياض".into(),
                "outside Riyadh".into(),
            ),
            Self::Crossing => (
                "crossing",
                "حدوده تتقاطع مع نفسها".into(),
                "the boundary crosses or touches itself".into(),
            ),
            Self::TooSmall => (
                "too_small",
                "أصغر من أصغر خلية".into(),
                "smaller than the smallest micro-zone".into(),
            ),
            Self::Duplicate { of } => (
                "duplicate",
                format!("مكرر: {of}"),
                format!("a duplicate of {of}"),
            ),
            Self::NoEnglishName => (
                "no_english_name",
                "لا اسم له بالإنجليزية، فاستُعمل الاسم العربي".into(),
                "it has no English name; the Arabic one is used".into(),
            ),
            Self::Covered => (
                "covered",
                "تغطيه أحياء أخرى كلّه".into(),
                "other districts cover all of it".into(),
            ),
        };
        ImportRemark {
            name: name.chars().take(MAX_NAME).collect(),
            code: code.to_owned(),
            reason: Text { ar, en },
        }
    }
}
