//! Which jobs the queue shows, and the views a dispatcher keeps.

use crate::console::board::{Risk, waits};
use contract_bookings::{JobLine, JobState};
use kernel::{Slug, fold};
use serde::{Deserialize, Serialize};
use ui::Sla;

/// Nothing chosen in a group means all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub zones: Vec<Slug>,
    pub categories: Vec<Slug>,
    pub states: Vec<JobState>,
    /// As in `data-sla`.
    pub slas: Vec<String>,
    /// Without a technician.
    pub unassigned: bool,
    /// In the reference, service, district or technician; both languages.
    pub text: String,
}

impl Filter {
    pub fn passes(&self, line: &JobLine, risk: Risk) -> bool {
        among(&self.zones, &line.zone)
            && among(&self.categories, &line.category)
            && among(&self.states, &line.state)
            && (self.slas.is_empty() || self.slas.iter().any(|word| word == risk.sla.as_str()))
            && (!self.unassigned || waits(line.state))
            && self.says(line)
    }

    fn says(&self, line: &JobLine) -> bool {
        let wanted = fold(&self.text);
        if wanted.is_empty() {
            return true;
        }
        let mut hay = fold(&line.reference);
        let mut add = |text: &str| {
            hay.push(' ');
            hay.push_str(&fold(text));
        };
        for text in [&line.service_name, &line.sector_name] {
            add(&text.ar);
            add(&text.en);
        }
        if let Some(technician) = &line.technician {
            add(&technician.name.ar);
            add(&technician.name.en);
        }
        wanted.split(' ').all(|word| hay.contains(word))
    }

    /// How many groups narrow the queue, the text aside.
    pub fn narrows(&self) -> usize {
        usize::from(!self.zones.is_empty())
            + usize::from(!self.categories.is_empty())
            + usize::from(!self.states.is_empty())
            + usize::from(!self.slas.is_empty())
            + usize::from(self.unassigned)
    }

    pub fn is_empty(&self) -> bool {
        self.narrows() == 0 && self.text.trim().is_empty()
    }

    /// The part a view keeps.
    pub fn without_text(&self) -> Self {
        Self {
            text: String::new(),
            ..self.clone()
        }
    }

    /// Shows only this state of promise, or all again.
    pub fn toggle_sla(&mut self, sla: Sla) {
        toggle(&mut self.slas, sla.as_str().to_owned());
    }

    /// Late or about to be.
    pub fn needs_somebody() -> Self {
        Self {
            slas: vec![
                Sla::Breach.as_str().to_owned(),
                Sla::Risk.as_str().to_owned(),
            ],
            ..Self::default()
        }
    }

    pub fn without_technician() -> Self {
        Self {
            unassigned: true,
            ..Self::default()
        }
    }
}

fn among<T: PartialEq>(chosen: &[T], value: &T) -> bool {
    chosen.is_empty() || chosen.contains(value)
}

/// In, or out again.
pub fn toggle<T: PartialEq>(chosen: &mut Vec<T>, value: T) {
    match chosen.iter().position(|known| *known == value) {
        Some(at) => {
            chosen.remove(at);
        }
        None => chosen.push(value),
    }
}

/// A filter somebody gave a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    pub name: String,
    pub filter: Filter,
}

/// Keeps a view; one of the same name is replaced.
pub fn keep_view(views: &mut Vec<View>, view: View) {
    match views.iter_mut().find(|known| known.name == view.name) {
        Some(known) => *known = view,
        None => views.push(view),
    }
}

/// Which rows of the queue are drawn: those in sight and a few around them.
pub fn in_sight(scroll: f64, height: f64, row: f64, rows: usize) -> (usize, usize) {
    const AROUND: usize = 6;
    let first = ((scroll.max(0.0) / row) as usize).saturating_sub(AROUND);
    let seen = (height.max(row) / row).ceil() as usize + 1;
    let last = (first + seen + 2 * AROUND).min(rows);
    (first.min(last), last)
}

/// Where the queue must be scrolled so that a row stays where it is on the screen after it moved
/// from one place in the order to another; none where the list can't be scrolled so far.
pub fn anchored(
    scroll: f64,
    height: f64,
    row: f64,
    rows: usize,
    from: usize,
    to: usize,
) -> Option<f64> {
    let wanted = scroll + (to as f64 - from as f64) * row;
    let most = (rows as f64 * row - height).max(0.0);
    (wanted >= -0.5 && wanted <= most + 0.5).then(|| wanted.clamp(0.0, most))
}

#[cfg(test)]
mod tests;
