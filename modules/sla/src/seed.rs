//! The first settings, from `sla.toml`. Fills in what is missing and never overwrites what an
//! operator has set, so that it can run at every start.

use crate::Sla;
use crate::calendar::{Minute, MonthDay, Span, Week};
use anyhow::{Context, ensure};
use contract_sla::Urgency;
use jiff::civil::Date;
use kernel::{Slug, Text};
use serde::Deserialize;
use sqlx::PgConnection;
use sqlx::types::Json;

/// The file. Its `complaint_policy` tables belong to whoever runs complaints.
#[derive(Debug, Deserialize)]
pub(crate) struct Settings {
    ramadan: Vec<Ramadan>,
    holiday: Vec<Holiday>,
    blackout: Vec<Blackout>,
    pub(crate) calendar: Vec<Calendar>,
    pub(crate) policy: Vec<Policy>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ramadan {
    hijri_year: i32,
    from: Date,
    to: Date,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    slug: Slug,
    from: Date,
    to: Date,
    ar: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blackout {
    slug: Slug,
    from_month_day: MonthDay,
    to_month_day: MonthDay,
    from: Minute,
    to: Minute,
    ar: String,
    en: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calendar {
    slug: Slug,
    name: Text,
    timezone: String,
    observes_holidays: bool,
    blackouts: Vec<Slug>,
    hours: Week,
    ramadan_hours: Option<Week>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    slug: Slug,
    tier: Option<Slug>,
    category: Option<Slug>,
    zone: Option<Slug>,
    urgency: Option<Urgency>,
    respond_minutes: u32,
    arrive_minutes: u32,
    complete_minutes: u32,
    /// Fractions of each target.
    warn: Vec<f64>,
    remedy_percent: u8,
    vendor_penalty_halalas: i64,
    calendar: Slug,
}

impl Settings {
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let settings: Self = toml::from_str(text).context("the SLA settings can't be read")?;
        for calendar in &settings.calendar {
            settings
                .check_calendar(calendar)
                .with_context(|| format!("calendar {}", calendar.slug))?;
        }
        for policy in &settings.policy {
            settings
                .check_policy(policy)
                .with_context(|| format!("policy {}", policy.slug))?;
        }
        Ok(settings)
    }

    fn check_calendar(&self, calendar: &Calendar) -> anyhow::Result<()> {
        ensure!(
            calendar.timezone == "Asia/Riyadh",
            "only Asia/Riyadh is kept"
        );
        for week in [Some(&calendar.hours), calendar.ramadan_hours.as_ref()]
            .into_iter()
            .flatten()
        {
            ensure!(
                week.is_orderly(),
                "spans must run forward, in order, without overlap"
            );
        }
        ensure!(calendar.hours.ever_opens(), "never opens");
        for name in &calendar.blackouts {
            ensure!(
                self.blackout.iter().any(|b| b.slug == *name),
                "there is no blackout {name}"
            );
        }
        Ok(())
    }

    fn check_policy(&self, policy: &Policy) -> anyhow::Result<()> {
        ensure!(
            self.calendar.iter().any(|c| c.slug == policy.calendar),
            "there is no calendar {}",
            policy.calendar
        );
        ensure!(
            policy.remedy_percent <= 100,
            "a remedy is at most the whole price"
        );
        ensure!(
            policy.vendor_penalty_halalas >= 0,
            "a penalty is not negative"
        );
        ensure!(
            policy.respond_minutes > 0 && policy.arrive_minutes > 0 && policy.complete_minutes > 0,
            "a target takes at least a minute"
        );
        ensure!(
            policy.warn.iter().all(|f| (0.01..=0.99).contains(f)),
            "warnings lie between 0.01 and 0.99"
        );
        Ok(())
    }
}

impl Sla {
    /// Fills in calendars and policies from the text of `sla.toml`. Repeatable.
    pub async fn seed(&self, toml: &str) -> anyhow::Result<()> {
        let settings = Settings::parse(toml)?;
        let mut tx = self.p.db.begin().await?;
        let mut added = write_days(&mut tx, &settings).await?;
        for calendar in &settings.calendar {
            added += write_calendar(&mut tx, calendar).await?;
        }
        for policy in &settings.policy {
            added += write_policy(&mut tx, policy).await?;
        }
        if added > 0 {
            sqlx::query!("update sla.settings_revision set revision = revision + 1")
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn write_days(tx: &mut PgConnection, settings: &Settings) -> sqlx::Result<u64> {
    let mut added = 0;
    for ramadan in &settings.ramadan {
        added += sqlx::query!(
            "insert into sla.ramadans (hijri_year, from_date, to_date)
             values ($1, $2::text::date, $3::text::date) on conflict do nothing",
            ramadan.hijri_year,
            ramadan.from.to_string(),
            ramadan.to.to_string()
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
    }
    for holiday in &settings.holiday {
        added += sqlx::query!(
            "insert into sla.holidays (slug, name_ar, name_en, from_date, to_date)
             values ($1, $2, $3, $4::text::date, $5::text::date) on conflict do nothing",
            holiday.slug.as_str(),
            holiday.ar,
            holiday.en,
            holiday.from.to_string(),
            holiday.to.to_string()
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
    }
    for blackout in &settings.blackout {
        let span = Span {
            from: blackout.from,
            to: blackout.to,
        };
        added += sqlx::query!(
            "insert into sla.blackouts (slug, name_ar, name_en, from_month_day, to_month_day, from_time, to_time)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
            blackout.slug.as_str(),
            blackout.ar,
            blackout.en,
            String::from(blackout.from_month_day),
            String::from(blackout.to_month_day),
            String::from(span.from),
            String::from(span.to)
        )
        .execute(&mut *tx)
        .await?
        .rows_affected();
    }
    Ok(added)
}

async fn write_calendar(tx: &mut PgConnection, calendar: &Calendar) -> sqlx::Result<u64> {
    let blackouts: Vec<String> = calendar.blackouts.iter().map(Slug::to_string).collect();
    let done = sqlx::query!(
        "insert into sla.calendars (slug, name_ar, name_en, observes_holidays, hours, ramadan_hours, blackouts)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        calendar.slug.as_str(),
        calendar.name.ar,
        calendar.name.en,
        calendar.observes_holidays,
        Json(&calendar.hours) as _,
        calendar.ramadan_hours.as_ref().map(Json) as _,
        &blackouts
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

async fn write_policy(tx: &mut PgConnection, policy: &Policy) -> sqlx::Result<u64> {
    let warn: Vec<i16> = policy
        .warn
        .iter()
        .map(|f| (f * 100.0).round() as i16)
        .collect();
    let minutes_ms = |minutes: u32| i64::from(minutes) * 60_000;
    let done = sqlx::query!(
        "insert into sla.policies (slug, tier, category, zone, urgency, respond_ms, arrive_ms, complete_ms,
             warn_percents, remedy_percent, vendor_penalty_halalas, calendar)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing",
        policy.slug.as_str(),
        policy.tier.as_ref().map(Slug::as_str),
        policy.category.as_ref().map(Slug::as_str),
        policy.zone.as_ref().map(Slug::as_str),
        policy.urgency.map(Urgency::as_str),
        minutes_ms(policy.respond_minutes),
        minutes_ms(policy.arrive_minutes),
        minutes_ms(policy.complete_minutes),
        &warn,
        i16::from(policy.remedy_percent),
        policy.vendor_penalty_halalas,
        policy.calendar.as_str()
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
