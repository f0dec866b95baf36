//! What staff hear, each inside their zones.

use crate::Below;
use crate::console::dots::Moved;
use crate::console::lines;
use async_trait::async_trait;
use contract_bookings::{JobLine, Live, Presence};
use contract_sla::Alarm;
use kernel::{AlarmId, JobId, Slug, Time};
use platform::live::{Source, Words};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::collections::BTreeSet;

pub(crate) struct Staff {
    pub db: PgPool,
    pub below: Below,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StaffNote {
    Job { job: JobId },
    Alarm { alarm: AlarmId },
}

#[derive(Debug)]
pub(crate) enum StaffNews {
    Line(Box<JobLine>),
    Gone { job: JobId, zone: Slug },
    Alarm(Box<Alarm>),
    Positions { at: Time, moved: Vec<Moved> },
    Presence { zone: Slug, presence: Presence },
}

#[async_trait]
impl Source for Staff {
    const NAME: &'static str = "live:staff";
    const KEPT: usize = 2_000;
    type Note = StaffNote;
    type News = StaffNews;

    async fn news(&self, notes: Vec<StaffNote>) -> anyhow::Result<Vec<StaffNews>> {
        let mut jobs = BTreeSet::new();
        let mut alarms = BTreeSet::new();
        for note in notes {
            match note {
                StaffNote::Job { job } => {
                    jobs.insert(job);
                }
                StaffNote::Alarm { alarm } => {
                    alarms.insert(alarm);
                }
            }
        }
        let mut news = Vec::new();
        if !jobs.is_empty() {
            let (lines, gone) = lines::of_jobs(&self.db, &self.below, &jobs).await?;
            news.extend(
                lines
                    .into_iter()
                    .map(|line| StaffNews::Line(Box::new(line))),
            );
            let gone = gone.into_iter();
            news.extend(gone.map(|(job, zone)| StaffNews::Gone { job, zone }));
        }
        if !alarms.is_empty() {
            let alarms = self.below.sla.alarms(alarms.into_iter().collect()).await?;
            let alarms = alarms.into_iter();
            news.extend(alarms.map(|alarm| StaffNews::Alarm(Box::new(alarm))));
        }
        Ok(news)
    }
}

/// What one member of staff may hear. `None`: of every zone.
pub(crate) struct StaffWords {
    pub zones: Option<Vec<Slug>>,
}

impl StaffWords {
    fn sees(&self, zone: &Slug) -> bool {
        self.zones.as_ref().is_none_or(|own| own.contains(zone))
    }

    pub(crate) fn word(&self, news: &StaffNews) -> Option<Live> {
        match news {
            StaffNews::Line(line) => self
                .sees(&line.zone)
                .then(|| Live::Job(JobLine::clone(line))),
            StaffNews::Gone { job, zone } => self.sees(zone).then_some(Live::JobGone { job: *job }),
            StaffNews::Alarm(alarm) => self
                .sees(&alarm.zone)
                .then(|| Live::Alarm(Alarm::clone(alarm))),
            StaffNews::Positions { at, moved } => {
                let own = self.zones.as_deref();
                let dots: Vec<_> = moved.iter().filter_map(|moved| moved.told(own)).collect();
                (!dots.is_empty()).then_some(Live::Positions { at: *at, dots })
            }
            StaffNews::Presence { zone, presence } => {
                self.sees(zone).then(|| Live::Presence(presence.clone()))
            }
        }
    }
}

impl Words<StaffNews> for StaffWords {
    type Word = Live;

    fn hello(&self, now: Time, speed: f64) -> Live {
        Live::Hello { now, speed }
    }
    fn reset(&self) -> Live {
        Live::Reset
    }
    fn of(&self, news: &[StaffNews]) -> Vec<Live> {
        news.iter().filter_map(|news| self.word(news)).collect()
    }
}
