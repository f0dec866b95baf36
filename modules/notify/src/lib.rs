//! Messages to people: by SMS and in the app, in their language.
//!
//! Owns: contacts (told by identity) and messages.
//!
//! Invariants:
//! - A message exists once per key and channel; asking again for a key sends nothing.
//! - The gateway is given the message's id each time, so that after an unknown outcome it can be
//!   asked again without sending twice.
//! - A text that carries a code is kept only until it has served: the SMS's until the gateway
//!   took it, the one in the app for a day.
//! - Neither texts nor phones are in a log.
//! - Somebody who was erased is told nothing, and no late telling brings the contact back.
//!
//! Push and email are channels the templates may name and this module does not send yet: such a
//! message goes out on its other channels.

mod contacts;
mod deliver;
mod inbox;
mod personal;
mod reports;
mod send;
mod sweep;
mod templates;

pub use contract_notify::{MarkedRead, Notification};
pub use templates::{Channel, Template, TemplateError, Templates, Words};

use async_trait::async_trait;
use contract_notify::{Contact, Notice, NotifyFault};
use gateway_sms::SmsGateway;
use kernel::Outcome;
use platform::Platform;
use platform::queue::{Ctx, Every, Registry};
use platform::routes;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("notify");

pub struct Notify {
    pub(crate) p: Platform,
    pub(crate) sms: Arc<dyn SmsGateway>,
    pub(crate) templates: Templates,
    /// What a delivery report must carry; without it none is believed.
    pub(crate) report_token: Option<String>,
}

impl Notify {
    /// `status_callback`: the URL that the SMS gateway is told to post delivery reports to,
    /// `https://…/v1/webhooks/unifonic?token=<secret>`. Its token, at least 16 characters, is
    /// what a report must carry; empty: no reports are taken.
    pub fn new(
        p: Platform,
        sms: Arc<dyn SmsGateway>,
        templates: Templates,
        status_callback: String,
    ) -> Arc<Self> {
        Arc::new(Self {
            p,
            sms,
            templates,
            report_token: reports::token_of(&status_callback),
        })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(inbox::notifications))
            .routes(routes!(inbox::mark_read))
            .routes(routes!(reports::delivery_report))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        let me = self.clone();
        r.job(move |ctx: Ctx, job: deliver::Deliver| {
            let me = me.clone();
            async move { deliver::deliver(&me, &ctx, job).await }
        });
        let me = self.clone();
        r.job(move |ctx: Ctx, _: sweep::Sweep| {
            let me = me.clone();
            async move { sweep::sweep(&me, ctx.now).await }
        });
        r.cron("notify.sweep", Every::DailyAt(3, 20), || sweep::Sweep {});
    }
}

#[async_trait]
impl contract_notify::Notify for Notify {
    async fn send(&self, notice: Notice) -> Outcome<(), NotifyFault> {
        send::send(self, self.p.now(), notice).await
    }
    async fn set_contact(&self, contact: Contact) -> Outcome<(), NotifyFault> {
        contacts::set(self, contact).await
    }
}
