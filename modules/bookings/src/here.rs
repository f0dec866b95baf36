//! What is offered at a place now: for the first page a customer sees, so it is cheap and needs
//! no sign-in.

use crate::Bookings;
use axum::extract::State;
use contract_bookings::{BookingFault, Here, HereCategory};
use contract_catalog::{CatalogFault, Category, PriceQuery};
use contract_sla::{PromiseQuery, Urgency};
use kernel::{Failure, GeoPoint, Lift, Outcome, PLATFORM_FEE, Slug, Text, Time, minutes};
use platform::http::{Params, Problem, Public, Reply};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

type Categories = Arc<Vec<HereCategory>>;

/// What was told of each zone, for a minute.
#[derive(Default)]
pub(crate) struct Told(Mutex<HashMap<Slug, (Time, Categories)>>);

impl Told {
    fn get(&self, zone: &Slug, now: Time) -> Option<Categories> {
        let told = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let (at, categories) = told.get(zone)?;
        // A clock that was moved makes the past the future as well.
        (*at <= now && now < *at + minutes(1)).then(|| categories.clone())
    }
    fn put(&self, zone: Slug, now: Time, categories: Categories) {
        let mut told = self.0.lock().unwrap_or_else(|e| e.into_inner());
        told.insert(zone, (now, categories));
    }
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct At {
    /// Degrees, WGS 84.
    lat: f64,
    lon: f64,
}

/// What is offered at a place now
///
/// Each category with the smallest price and what an immediate booking is promised. Outside our
/// zones it is refused with the nearest sector.
#[utoipa::path(get, path = "/v1/here", tag = "bookings", params(At),
    responses((status = 200, body = Here), (status = "default", body = Problem)))]
pub(crate) async fn here(
    State(me): State<Arc<Bookings>>,
    _: Public,
    Params(at): Params<At>,
) -> Result<Reply<Here>, Problem> {
    let pin = GeoPoint::new(at.lat, at.lon).map_err(|_| not_a_point())?;
    Ok(Reply::ok(me.here(pin).await?))
}

fn not_a_point() -> Problem {
    Problem::bad_request(
        "location.not_a_point",
        Text::new(
            "خط العرض بين ‎-90 و90 وخط الطول بين ‎-180 و180.",
            "Latitude is -90 to 90 and longitude -180 to 180.",
        ),
    )
    .field("lat")
}

impl Bookings {
    async fn here(&self, pin: GeoPoint) -> Outcome<Here, BookingFault> {
        let now = self.p.now();
        let place = self.below.location.locate(pin).await.lift()?;
        let categories = match self.told.get(&place.zone, now) {
            Some(categories) => categories,
            None => {
                let categories = Arc::new(self.offered(&place.zone, now).await?);
                self.told.put(place.zone.clone(), now, categories.clone());
                categories
            }
        };
        Ok(Here {
            place,
            categories: categories.to_vec(),
        })
    }

    async fn offered(&self, zone: &Slug, now: Time) -> Outcome<Vec<HereCategory>, BookingFault> {
        let mut offered = Vec::new();
        for category in self.below.catalog.tree().await.lift()? {
            let Some(cheapest) = category.services.iter().min_by_key(|service| service.base) else {
                continue;
            };
            let query = PriceQuery {
                service: cheapest.slug.clone(),
                options: Vec::new(),
                quantity: 1,
                // For later: without what urgency costs outside working hours.
                urgency: Urgency::Scheduled,
                zone: zone.clone(),
                at: now,
            };
            offered.push(match self.below.catalog.price(query).await {
                Ok(priced) => {
                    let promise = PromiseQuery {
                        category: category.slug.clone(),
                        zone: zone.clone(),
                        urgency: Urgency::Immediate,
                        tier: None,
                        at: now,
                        slot: None,
                    };
                    let promise = self.below.sla.promise(promise).await.lift()?;
                    let within = promise.arrive_by.since(now).as_secs().max(0) as u64;
                    HereCategory {
                        category: category.slug,
                        served: true,
                        from: priced.total,
                        arrive_within_minutes: Some(within.div_ceil(60) as u32),
                        arrive_by: Some(promise.arrive_by),
                    }
                }
                Err(Failure::Refused(CatalogFault::NotServedHere)) => not_served(category),
                Err(failure) => return Err(failure).lift(),
            });
        }
        Ok(offered)
    }
}

/// Its price all the same: what it will cost where it is offered.
fn not_served(category: Category) -> HereCategory {
    let base = category.services.iter().map(|service| service.base).min();
    HereCategory {
        category: category.slug,
        served: false,
        from: PLATFORM_FEE + category.diagnosis_fee + base.unwrap_or_default(),
        arrive_within_minutes: None,
        arrive_by: None,
    }
}
