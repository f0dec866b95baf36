//! The alarms as a console shows and handles them, inside the zones granted to its user.

use crate::Sla;
use crate::alarms::tell_changed;
use crate::clock::{kind_from, known};
use axum::extract::{Path, State};
use contract_sla::{Alarm, AlarmState, SlaFault};
use kernel::access::{Actor, may};
use kernel::{AlarmId, BookingId, ClockId, JobId, Outcome, Page, Slug, Time, UserId, minutes};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Params, Permit, Problem, Reply, cursor, limit};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use std::sync::Arc;

/// An alarm can be put off for two hours at most.
pub const MAX_SNOOZE_MINUTES: u32 = 120;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAlarms {
    /// Only alarms in this state; all when absent.
    state: Option<AlarmState>,
    /// 1 to 100; 20 when absent.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Snooze {
    /// 1 to 120.
    #[schema(minimum = 1, maximum = 120)]
    minutes: u32,
}

/// `null` where the actor sees every zone.
fn zones(actor: &Actor) -> Option<Vec<String>> {
    let zones = actor.scope.zones.as_ref()?;
    Some(zones.iter().map(Slug::to_string).collect())
}

struct Row {
    id: AlarmId,
    clock: ClockId,
    job: JobId,
    booking: BookingId,
    kind: String,
    category: Slug,
    zone: Slug,
    severity: String,
    level: String,
    deadline: Time,
    expected_at: Option<Time>,
    raised_at: Time,
    acknowledged_by: Option<UserId>,
    acknowledged_at: Option<Time>,
    snoozed_until: Option<Time>,
    resolved_at: Option<Time>,
}

impl Row {
    fn alarm(self, now: Time) -> Outcome<Alarm, SlaFault> {
        let state = if self.resolved_at.is_some() {
            AlarmState::Resolved
        } else if self.acknowledged_at.is_some() {
            AlarmState::Acknowledged
        } else if self.snoozed_until.is_some_and(|until| until > now) {
            AlarmState::Snoozed
        } else {
            AlarmState::Open
        };
        Ok(Alarm {
            id: self.id,
            clock: self.clock,
            job: self.job,
            booking: self.booking,
            kind: kind_from(&self.kind)?,
            category: self.category,
            zone: self.zone,
            severity: known(self.severity.parse().ok(), "sla.alarms.severity")?,
            level: known(self.level.parse().ok(), "sla.alarms.level")?,
            state,
            deadline: self.deadline,
            expected_at: self.expected_at,
            raised_at: self.raised_at,
            acknowledged_by: self.acknowledged_by,
            acknowledged_at: self.acknowledged_at,
            snoozed_until: self.snoozed_until,
        })
    }
}

/// Delay alarms, newest first, of the zones granted to the caller.
#[utoipa::path(get, path = "/v1/alarms", tag = "sla", params(ListAlarms),
    responses((status = 200, body = Page<Alarm>), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn list_alarms(
    State(me): State<Arc<Sla>>,
    permit: Permit<may::AlarmsRead>,
    Params(wanted): Params<ListAlarms>,
) -> Result<Reply<Page<Alarm>>, Problem> {
    let after: Option<(Time, AlarmId)> =
        wanted.cursor.as_deref().map(cursor::decode).transpose()?;
    let limit = limit(wanted.limit);
    let alarms = me
        .alarms(&permit.actor, wanted.state, after, limit + 1)
        .await?;
    let page = Page::from_rows(alarms, limit, |alarm| {
        cursor::encode(&(alarm.raised_at, alarm.id))
    });
    Ok(Reply::ok(page))
}

/// Takes an alarm: the others see who has it. The second to try is refused.
#[utoipa::path(post, path = "/v1/alarms/{id}/acknowledge", tag = "sla",
    params(("id" = AlarmId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = Alarm), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn acknowledge_alarm(
    State(me): State<Arc<Sla>>,
    permit: Permit<may::AlarmsAcknowledge>,
    idem: Idempotency,
    Path(id): Path<AlarmId>,
) -> Result<Reply<Alarm>, Problem> {
    idem.once(&me.p, &permit.actor, &id, async |mut tx: Tx| {
        let alarm = me.acknowledge(&mut tx, &permit.actor, id).await?;
        Ok((tx, alarm))
    })
    .await
}

/// Puts an alarm off; it is open again when the time is up.
#[utoipa::path(post, path = "/v1/alarms/{id}/snooze", tag = "sla",
    params(("id" = AlarmId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")), request_body = Snooze,
    responses((status = 200, body = Alarm), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn snooze_alarm(
    State(me): State<Arc<Sla>>,
    permit: Permit<may::AlarmsAcknowledge>,
    idem: Idempotency,
    Path(id): Path<AlarmId>,
    Body(snooze): Body<Snooze>,
) -> Result<Reply<Alarm>, Problem> {
    idem.once(&me.p, &permit.actor, &snooze, async |mut tx: Tx| {
        let alarm = me
            .snooze(&mut tx, &permit.actor, id, snooze.minutes)
            .await?;
        Ok((tx, alarm))
    })
    .await
}

impl Sla {
    /// Open and snoozed, newest first.
    pub(crate) async fn unresolved(
        &self,
        zones: Option<Vec<Slug>>,
        most: u32,
    ) -> Outcome<Vec<Alarm>, SlaFault> {
        let zones: Option<Vec<String>> =
            zones.map(|zones| zones.iter().map(Slug::to_string).collect());
        let found = sqlx::query_as!(
            Row,
            r#"select id as "id: AlarmId", clock_id as "clock: ClockId", job_id as "job: JobId",
                      booking_id as "booking: BookingId", kind, category as "category: Slug", zone as "zone: Slug",
                      severity, level, deadline, expected_at, raised_at,
                      acknowledged_by as "acknowledged_by: UserId", acknowledged_at, snoozed_until, resolved_at
               from sla.alarms
               where acknowledged_at is null and resolved_at is null
                 and ($1::text[] is null or zone = any($1))
               order by raised_at desc, id desc
               limit $2"#,
            zones.as_deref(),
            i64::from(most)
        )
        .fetch_all(&self.p.db)
        .await?;
        let now = self.p.now();
        found.into_iter().map(|row| row.alarm(now)).collect()
    }

    pub(crate) async fn alarms_by_id(&self, ids: &[AlarmId]) -> Outcome<Vec<Alarm>, SlaFault> {
        let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
        let found = sqlx::query_as!(
            Row,
            r#"select id as "id: AlarmId", clock_id as "clock: ClockId", job_id as "job: JobId",
                      booking_id as "booking: BookingId", kind, category as "category: Slug", zone as "zone: Slug",
                      severity, level, deadline, expected_at, raised_at,
                      acknowledged_by as "acknowledged_by: UserId", acknowledged_at, snoozed_until, resolved_at
               from sla.alarms where id = any($1) order by raised_at, id"#,
            &ids
        )
        .fetch_all(&self.p.db)
        .await?;
        let now = self.p.now();
        found.into_iter().map(|row| row.alarm(now)).collect()
    }

    async fn alarms(
        &self,
        actor: &Actor,
        state: Option<AlarmState>,
        after: Option<(Time, AlarmId)>,
        rows: usize,
    ) -> Outcome<Vec<Alarm>, SlaFault> {
        let now = self.p.now();
        let zones = zones(actor);
        let zones = zones.as_deref();
        let found = sqlx::query_as!(
            Row,
            r#"select id as "id: AlarmId", clock_id as "clock: ClockId", job_id as "job: JobId",
                      booking_id as "booking: BookingId", kind, category as "category: Slug", zone as "zone: Slug",
                      severity, level, deadline, expected_at, raised_at,
                      acknowledged_by as "acknowledged_by: UserId", acknowledged_at, snoozed_until, resolved_at
               from sla.alarms
               where ($1::text[] is null or zone = any($1))
                 and ($2::text is null or $2 = case
                        when resolved_at is not null then 'resolved'
                        when acknowledged_at is not null then 'acknowledged'
                        when snoozed_until > $3 then 'snoozed'
                        else 'open' end)
                 -- what the case says of open ones, in the words of their index
                 and ($2 is distinct from 'open' or (acknowledged_at is null and resolved_at is null))
                 and ($4::timestamptz is null or (raised_at, id) < ($4, $5))
               order by raised_at desc, id desc
               limit $6"#,
            zones,
            state.map(AlarmState::as_str),
            now,
            after.map(|(raised_at, _)| raised_at),
            after.map(|(_, id)| id.uuid()),
            rows as i64
        )
        .fetch_all(&self.p.db)
        .await?;
        found.into_iter().map(|row| row.alarm(now)).collect()
    }

    /// The alarm, if it lies in the actor's zones; another's is as if it did not exist.
    async fn alarm(
        &self,
        db: &mut PgConnection,
        actor: &Actor,
        id: AlarmId,
    ) -> Outcome<Alarm, SlaFault> {
        let zones = zones(actor);
        let zones = zones.as_deref();
        sqlx::query_as!(
            Row,
            r#"select id as "id: AlarmId", clock_id as "clock: ClockId", job_id as "job: JobId",
                      booking_id as "booking: BookingId", kind, category as "category: Slug", zone as "zone: Slug",
                      severity, level, deadline, expected_at, raised_at,
                      acknowledged_by as "acknowledged_by: UserId", acknowledged_at, snoozed_until, resolved_at
               from sla.alarms where id = $1 and ($2::text[] is null or zone = any($2))"#,
            id.uuid(),
            zones
        )
        .fetch_optional(db)
        .await?
        .ok_or(SlaFault::UnknownAlarm)?
        .alarm(self.p.now())
    }

    async fn acknowledge(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: AlarmId,
    ) -> Outcome<Alarm, SlaFault> {
        let now = self.p.now();
        let before = self.alarm(&mut *tx, actor, id).await?;
        let zones = zones(actor);
        let zones = zones.as_deref();
        let done = sqlx::query!(
            "update sla.alarms set acknowledged_by = $2, acknowledged_at = $3, snoozed_until = null
             where id = $1 and acknowledged_at is null and ($4::text[] is null or zone = any($4))",
            id.uuid(),
            actor.user.uuid(),
            now,
            zones
        )
        .execute(&mut **tx)
        .await?;
        let alarm = self.alarm(&mut *tx, actor, id).await?;
        if done.rows_affected() == 1 {
            tell_changed(&mut *tx, now, alarm.job, alarm.booking, vec![id]).await?;
            let details =
                json!({ "severity": alarm.severity, "kind": alarm.kind, "job": alarm.job });
            audit::changed(
                &mut *tx,
                now,
                actor,
                "alarms.acknowledge",
                &id.to_string(),
                Change::between(&before, &alarm),
                details,
            )
            .await?;
        } else if alarm.acknowledged_by != Some(actor.user) {
            return Err(SlaFault::AlreadyAcknowledged.into());
        }
        Ok(alarm)
    }

    async fn snooze(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: AlarmId,
        for_minutes: u32,
    ) -> Outcome<Alarm, SlaFault> {
        if !(1..=MAX_SNOOZE_MINUTES).contains(&for_minutes) {
            return Err(SlaFault::BadSnooze {
                max_minutes: MAX_SNOOZE_MINUTES,
            }
            .into());
        }
        let now = self.p.now();
        let until = now + minutes(i64::from(for_minutes));
        let before = self.alarm(&mut *tx, actor, id).await?;
        let zones = zones(actor);
        let zones = zones.as_deref();
        let done = sqlx::query!(
            "update sla.alarms set snoozed_until = $2
             where id = $1 and acknowledged_at is null and ($3::text[] is null or zone = any($3))",
            id.uuid(),
            until,
            zones
        )
        .execute(&mut **tx)
        .await?;
        let alarm = self.alarm(&mut *tx, actor, id).await?;
        if done.rows_affected() == 0 {
            return Err(SlaFault::AlreadyAcknowledged.into());
        }
        tell_changed(&mut *tx, now, alarm.job, alarm.booking, vec![id]).await?;
        let details =
            json!({ "minutes": for_minutes, "severity": alarm.severity, "job": alarm.job });
        audit::changed(
            &mut *tx,
            now,
            actor,
            "alarms.snooze",
            &id.to_string(),
            Change::between(&before, &alarm),
            details,
        )
        .await?;
        Ok(alarm)
    }
}
