use serde::{Deserialize, Serialize};
use std::fmt;

/// A point on the map, WGS 84 degrees. `Debug` keeps two decimals (about a kilometre): an exact
/// home does not belong in a log.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GeoPoint {
    lat: f64,
    lon: f64,
}

#[derive(Serialize, Deserialize)]
struct Raw {
    lat: f64,
    lon: f64,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("latitude is -90 to 90 and longitude -180 to 180")]
pub struct NotAPoint;

impl GeoPoint {
    pub fn new(lat: f64, lon: f64) -> Result<Self, NotAPoint> {
        if (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon) {
            Ok(Self { lat, lon })
        } else {
            Err(NotAPoint)
        }
    }
    pub const fn lat(self) -> f64 {
        self.lat
    }
    pub const fn lon(self) -> f64 {
        self.lon
    }

    /// Great-circle distance in metres (haversine, mean Earth radius 6 371 008.8 m).
    pub fn distance_m(self, other: Self) -> f64 {
        let (lat_a, lat_b) = (self.lat.to_radians(), other.lat.to_radians());
        let d_lat = lat_b - lat_a;
        let d_lon = (other.lon - self.lon).to_radians();
        let h =
            (d_lat / 2.0).sin().powi(2) + lat_a.cos() * lat_b.cos() * (d_lon / 2.0).sin().powi(2);
        2.0 * 6_371_008.8 * h.sqrt().min(1.0).asin()
    }

    /// The point that is `fraction` (0 to 1) of the way to `other`; a straight line on the map,
    /// exact enough for a city.
    pub fn towards(self, other: Self, fraction: f64) -> Self {
        let f = fraction.clamp(0.0, 1.0);
        Self {
            lat: self.lat + (other.lat - self.lat) * f,
            lon: self.lon + (other.lon - self.lon) * f,
        }
    }
}

impl TryFrom<Raw> for GeoPoint {
    type Error = NotAPoint;
    fn try_from(raw: Raw) -> Result<Self, NotAPoint> {
        Self::new(raw.lat, raw.lon)
    }
}
impl From<GeoPoint> for Raw {
    fn from(point: GeoPoint) -> Self {
        Self {
            lat: point.lat,
            lon: point.lon,
        }
    }
}
impl fmt::Debug for GeoPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:.2}, {:.2})", self.lat, self.lon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distance_and_bounds() {
        let kingdom = GeoPoint::new(24.7114, 46.6744).unwrap();
        let masmak = GeoPoint::new(24.6312, 46.7134).unwrap();
        let d = kingdom.distance_m(masmak);
        assert!((9_600.0..9_900.0).contains(&d), "{d}");
        assert_eq!(GeoPoint::new(91.0, 0.0), Err(NotAPoint));
        assert_eq!(GeoPoint::new(f64::NAN, 0.0), Err(NotAPoint));
        assert!(serde_json::from_str::<GeoPoint>(r#"{"lat":24.7,"lon":246.6}"#).is_err());
    }
}
