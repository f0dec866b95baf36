use crate::{Address, GatewayError, Geocoder, Probe};
use async_trait::async_trait;
use kernel::{GeoPoint, Lang};

/// Asks the first; when it fails or knows no address, asks the second. If neither answers, the
/// first one's error is told.
#[derive(Clone, Debug)]
pub struct Fallback<A, B> {
    first: A,
    second: B,
}

impl<A: Geocoder, B: Geocoder> Fallback<A, B> {
    pub fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

#[async_trait]
impl<A: Geocoder, B: Geocoder> Geocoder for Fallback<A, B> {
    async fn reverse(&self, point: GeoPoint, lang: Lang) -> Result<Option<Address>, GatewayError> {
        let first = match self.first.reverse(point, lang).await {
            Ok(Some(address)) => return Ok(Some(address)),
            first => first,
        };
        match self.second.reverse(point, lang).await {
            Ok(Some(address)) => Ok(Some(address)),
            Ok(None) => Ok(None),
            Err(error) => first.and(Err(error)),
        }
    }

    fn probes(&self) -> Vec<Probe> {
        let mut probes = self.first.probes();
        probes.extend(self.second.probes());
        probes
    }
}
