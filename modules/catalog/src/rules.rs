//! What a booking costs and how long it takes: pure.

use contract_catalog::{CatalogFault, LineKind, PriceLine, PriceQuery, Priced, Service};
use kernel::{Money, PLATFORM_FEE, Slug, Text, VAT_BASIS_POINTS};

/// One visit fits into one working shift (the shortest is nine hours) with its breaks and
/// travel. Longer work goes on the day after under the same job.
pub const VISIT_LIMIT_MINUTES: u32 = 480;

/// The highest base price an operator can set: SAR 100,000. Keeps every total far from overflow.
pub const MAX_BASE: Money = Money::from_riyals(100_000);

/// A service with all that its price depends on.
#[derive(Debug, Clone)]
pub struct Entry {
    pub service: Service,
    pub diagnosis_fee: Money,
    pub emergency_surcharge: Money,
    pub skills: Vec<Slug>,
    pub quality_hold_days: u32,
    /// Zones in which the category is not served.
    pub excluded_zones: Vec<Slug>,
}

/// The price, line by line: the platform's fee, the visit, the service and each option times the
/// quantity, and the surcharge where `surcharged` (immediate work outside working hours).
/// Lines of nothing are left out. VAT is inside every line and told once for the total.
pub fn price(entry: &Entry, query: &PriceQuery, surcharged: bool) -> Result<Priced, CatalogFault> {
    let service = &entry.service;
    if entry.excluded_zones.contains(&query.zone) {
        return Err(CatalogFault::NotServedHere);
    }
    let quantity = query.quantity;
    if quantity == 0 || quantity > service.max_quantity {
        return Err(CatalogFault::BadQuantity {
            max: service.max_quantity,
        });
    }

    let mut lines = vec![
        line(
            LineKind::PlatformFee,
            Text::new("رسوم المنصة", "Platform fee"),
            PLATFORM_FEE,
        ),
        line(
            LineKind::Visit,
            Text::new("رسوم الزيارة والفحص", "Visit and diagnosis"),
            entry.diagnosis_fee,
        ),
        line(
            LineKind::Service,
            times(&service.name, quantity),
            service.base.times(quantity),
        ),
    ];
    let mut minutes = service.duration_minutes;
    for (index, slug) in query.options.iter().enumerate() {
        if query.options[..index].contains(slug) {
            return Err(CatalogFault::DuplicateOption {
                option: slug.to_string(),
            });
        }
        let option = service
            .options
            .iter()
            .find(|option| option.slug == *slug)
            .ok_or_else(|| CatalogFault::UnknownOption {
                option: slug.to_string(),
            })?;
        lines.push(line(
            LineKind::Option,
            times(&option.name, quantity),
            option.price.times(quantity),
        ));
        minutes = minutes.saturating_add(option.extra_minutes);
    }
    if surcharged {
        lines.push(line(
            LineKind::Surcharge,
            Text::new(
                "خدمة عاجلة خارج ساعات العمل",
                "Immediate, outside working hours",
            ),
            entry.emergency_surcharge,
        ));
    }
    lines.retain(|line| !line.amount.is_zero());

    let total: Money = lines.iter().map(|line| line.amount).sum();
    Ok(Priced {
        category: service.category.clone(),
        service: service.slug.clone(),
        service_name: service.name.clone(),
        lines,
        total,
        vat: total.vat_inside(VAT_BASIS_POINTS),
        duration_minutes: minutes.saturating_mul(quantity).min(VISIT_LIMIT_MINUTES),
        skills: entry.skills.clone(),
        checklist: service.checklist.clone(),
        quality_hold_days: entry.quality_hold_days,
    })
}

/// Refuses a base price that is nothing, negative or beyond [`MAX_BASE`].
pub fn check_base(base: Money) -> Result<(), CatalogFault> {
    if base.is_positive() && base <= MAX_BASE {
        Ok(())
    } else {
        Err(CatalogFault::BadPrice {
            max_halalas: MAX_BASE.halalas(),
        })
    }
}

fn line(kind: LineKind, name: Text, amount: Money) -> PriceLine {
    PriceLine { kind, name, amount }
}

fn times(name: &Text, quantity: u32) -> Text {
    if quantity == 1 {
        name.clone()
    } else {
        Text::new(
            format!("{} × {quantity}", name.ar),
            format!("{} × {quantity}", name.en),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract_catalog::ServiceOption;
    use contract_sla::Urgency;
    use kernel::Time;
    use proptest::prelude::*;

    fn slug(text: &str) -> Slug {
        Slug::parse(text).unwrap()
    }

    fn leak_repair() -> Entry {
        let option = |key: &str, halalas, extra_minutes| ServiceOption {
            slug: slug(key),
            name: Text::new(key, key),
            price: Money::from_halalas(halalas),
            extra_minutes,
        };
        Entry {
            service: Service {
                slug: slug("leak-repair"),
                category: slug("plumbing"),
                name: Text::new("إصلاح تسريب ماء", "Water leak repair"),
                description: Text::default(),
                base: Money::from_halalas(15_000),
                duration_minutes: 60,
                max_quantity: 4,
                options: vec![
                    option("inside-wall", 18_000, 90),
                    option("replace-valve", 4_000, 15),
                    option("replace-hose", 3_000, 10),
                ],
                checklist: Vec::new(),
            },
            diagnosis_fee: Money::from_halalas(5_000),
            emergency_surcharge: Money::from_halalas(7_500),
            skills: vec![slug("plumbing.general")],
            quality_hold_days: 45,
            excluded_zones: vec![slug("south")],
        }
    }

    fn query(options: &[&str], quantity: u32) -> PriceQuery {
        PriceQuery {
            service: slug("leak-repair"),
            options: options.iter().map(|text| slug(text)).collect(),
            quantity,
            urgency: Urgency::Immediate,
            zone: slug("north"),
            at: Time::UNIX_EPOCH,
        }
    }

    #[test]
    fn prices_worked_out_by_hand() {
        // (options, quantity, surcharged) → (total, VAT inside: total × 15 / 115, minutes, lines)
        for (options, quantity, surcharged, total, vat, minutes, lines) in [
            // 30 + 50 + 150 = 230; 230 × 15 / 115 = 30
            (&[][..], 1, false, 23_000, 3_000, 60, 3),
            // 30 + 50 + 2 × 150 = 380; 49.565…
            (&[], 2, false, 38_000, 4_957, 120, 3),
            // 30 + 50 + 150 + 40 + 75 = 345; 45
            (&["replace-valve"], 1, true, 34_500, 4_500, 75, 5),
            // 30 + 50 + 3 × (150 + 40 + 30) = 740; 96.521…
            (
                &["replace-valve", "replace-hose"],
                3,
                false,
                74_000,
                9_652,
                255,
                5,
            ),
            // 4 × (60 + 90) minutes is longer than a shift
            (&["inside-wall"], 4, false, 140_000, 18_261, 480, 4),
        ] {
            let priced = price(&leak_repair(), &query(options, quantity), surcharged).unwrap();
            assert_eq!(
                (
                    priced.total.halalas(),
                    priced.vat.halalas(),
                    priced.duration_minutes,
                    priced.lines.len()
                ),
                (total, vat, minutes, lines),
                "{options:?} × {quantity}"
            );
        }
    }

    #[test]
    fn what_is_refused() {
        for (query, fault) in [
            (
                query(&["gold-taps"], 1),
                CatalogFault::UnknownOption {
                    option: "gold-taps".into(),
                },
            ),
            (
                query(&["replace-hose", "replace-valve", "replace-hose"], 1),
                CatalogFault::DuplicateOption {
                    option: "replace-hose".into(),
                },
            ),
            (query(&[], 0), CatalogFault::BadQuantity { max: 4 }),
            (query(&[], 5), CatalogFault::BadQuantity { max: 4 }),
            (
                PriceQuery {
                    zone: slug("south"),
                    ..query(&[], 1)
                },
                CatalogFault::NotServedHere,
            ),
        ] {
            assert_eq!(price(&leak_repair(), &query, false), Err(fault));
        }
    }

    #[test]
    fn bounds_of_a_base_price() {
        for (halalas, fits) in [
            (1, true),
            (10_000_000, true),
            (0, false),
            (-1, false),
            (10_000_001, false),
        ] {
            assert_eq!(
                check_base(Money::from_halalas(halalas)).is_ok(),
                fits,
                "{halalas}"
            );
        }
    }

    proptest! {
        #[test]
        fn lines_sum_to_the_total_and_nothing_is_free(
            base in 1_i64..=10_000_000,
            fee in 0_i64..100_000,
            surcharge in 0_i64..100_000,
            duration in 1_u32..=1440,
            quantity in 1_u32..=1000,
            taken in prop::sample::subsequence(vec!["inside-wall", "replace-valve", "replace-hose"], 0..=3),
            surcharged: bool,
        ) {
            let mut entry = leak_repair();
            entry.service.base = Money::from_halalas(base);
            entry.service.duration_minutes = duration;
            entry.service.max_quantity = 1000;
            entry.diagnosis_fee = Money::from_halalas(fee);
            entry.emergency_surcharge = Money::from_halalas(surcharge);
            let priced = price(&entry, &query(&taken, quantity), surcharged).unwrap();
            prop_assert_eq!(priced.lines.iter().map(|line| line.amount).sum::<Money>(), priced.total);
            prop_assert!(priced.lines.iter().all(|line| line.amount.is_positive()));
            prop_assert!(priced.total >= PLATFORM_FEE + Money::from_halalas(base));
            // The VAT is what 15 % of the net amount is, to the halala.
            let net = priced.total - priced.vat;
            prop_assert!((net.share(VAT_BASIS_POINTS) - priced.vat).halalas().abs() <= 1);
            prop_assert!((1..=VISIT_LIMIT_MINUTES).contains(&priced.duration_minutes));
            // More of the same is never cheaper.
            if quantity < 1000 {
                let more = price(&entry, &query(&taken, quantity + 1), surcharged).unwrap();
                prop_assert!(more.total > priced.total);
                prop_assert!(more.duration_minutes >= priced.duration_minutes);
            }
        }
    }
}
