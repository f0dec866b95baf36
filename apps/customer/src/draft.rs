//! The visit being put together: it survives signing in, setting a pin and a reload of the page.

use crate::store::{self, Keep};
use contract_bookings::AskQuote;
use kernel::{GeoPoint, QuoteId, Slug, Time};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

const NAME: &str = "khidma.draft";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub service: Slug,
    pub options: Vec<Slug>,
    pub quantity: u32,
    /// Start of the visit; `None` means now.
    pub slot: Option<Time>,
    /// The price asked for last.
    pub quote: Option<QuoteId>,
}

impl Draft {
    pub fn new(service: Slug) -> Self {
        Self {
            service,
            options: Vec::new(),
            quantity: 1,
            slot: None,
            quote: None,
        }
    }

    pub fn ask(&self, pin: GeoPoint) -> AskQuote {
        AskQuote {
            pin,
            service: self.service.clone(),
            options: self.options.clone(),
            quantity: self.quantity,
            slot: self.slot,
        }
    }
}

#[derive(Clone, Copy)]
pub struct DraftStore(RwSignal<Option<Draft>>);

/// Called once, at the root.
pub fn provide() {
    let draft = RwSignal::new(store::read::<Draft>(Keep::Tab, NAME));
    Effect::new(move |_| store::write(Keep::Tab, NAME, draft.get().as_ref()));
    provide_context(DraftStore(draft));
}

pub fn draft() -> RwSignal<Option<Draft>> {
    expect_context::<DraftStore>().0
}
