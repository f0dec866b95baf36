use crate::{Address, GatewayError, Geocoder, Probe};
use async_trait::async_trait;
use kernel::{GeoPoint, Lang};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Remembers answers (also "no address") in this process. Points within about ten metres share
/// one. When full, the oldest answer goes.
pub struct Cached<G> {
    inner: G,
    room: usize,
    memory: Mutex<Memory>,
}

/// Latitude and longitude in ten-thousandths of a degree, and whether in Arabic.
type Key = (i32, i32, bool);

#[derive(Default)]
struct Memory {
    answers: HashMap<Key, Option<Address>>,
    order: VecDeque<Key>,
}

impl<G: Geocoder> Cached<G> {
    /// `room` is how many answers are kept, at least one.
    pub fn new(inner: G, room: usize) -> Self {
        Self {
            inner,
            room: room.max(1),
            memory: Mutex::default(),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<G: Geocoder> Geocoder for Cached<G> {
    async fn reverse(&self, point: GeoPoint, lang: Lang) -> Result<Option<Address>, GatewayError> {
        let grid = |degrees: f64| (degrees * 10_000.0).round() as i32;
        let key = (grid(point.lat()), grid(point.lon()), lang == Lang::Ar);
        if let Some(known) = self.memory().answers.get(&key) {
            return Ok(known.clone());
        }
        let answer = self.inner.reverse(point, lang).await?;
        let mut memory = self.memory();
        if memory.answers.insert(key, answer.clone()).is_none() {
            memory.order.push_back(key);
        }
        if memory.order.len() > self.room
            && let Some(oldest) = memory.order.pop_front()
        {
            memory.answers.remove(&oldest);
        }
        Ok(answer)
    }

    fn probes(&self) -> Vec<Probe> {
        self.inner.probes()
    }
}
