//! The phones of the sandbox: every message taken, newest first, the oldest forgotten.

use serde::Serialize;
use std::collections::{HashMap, VecDeque};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Message {
    /// As the gateway names it.
    pub(crate) id: String,
    /// `+9665…`.
    pub(crate) to: String,
    pub(crate) body: String,
    pub(crate) sender: String,
    pub(crate) received_at: String,
    /// `Queued`, then `Delivered` or `Undeliverable`.
    pub(crate) status: &'static str,
    pub(crate) correlation_id: Option<String>,
    #[serde(skip)]
    pub(crate) callback: Option<String>,
}

pub(crate) struct Inbox {
    room: usize,
    messages: VecDeque<Message>,
    /// The place of the oldest kept message; places count all messages ever.
    first: u64,
    by_number: HashMap<String, VecDeque<u64>>,
    by_correlation: HashMap<(String, String), u64>,
}

impl Inbox {
    pub(crate) fn new(room: usize) -> Self {
        Self {
            room: room.max(1),
            messages: VecDeque::new(),
            first: 0,
            by_number: HashMap::new(),
            by_correlation: HashMap::new(),
        }
    }

    /// The place of the message that is next to come.
    pub(crate) fn next_place(&self) -> u64 {
        self.first + self.messages.len() as u64
    }

    /// Whether this number was sent a message of this correlation id before.
    pub(crate) fn knows(&self, correlation_id: &str, to: &str) -> bool {
        self.by_correlation
            .contains_key(&(correlation_id.to_owned(), to.to_owned()))
    }

    pub(crate) fn push(&mut self, message: Message) {
        let place = self.next_place();
        self.by_number
            .entry(message.to.clone())
            .or_default()
            .push_back(place);
        if let Some(correlation_id) = &message.correlation_id {
            self.by_correlation
                .insert((correlation_id.clone(), message.to.clone()), place);
        }
        self.messages.push_back(message);
        if self.messages.len() > self.room {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(message) = self.messages.pop_front() else {
            return;
        };
        self.first += 1;
        if let Some(correlation_id) = message.correlation_id {
            self.by_correlation
                .remove(&(correlation_id, message.to.clone()));
        }
        if let Some(places) = self.by_number.get_mut(&message.to) {
            places.pop_front();
            if places.is_empty() {
                self.by_number.remove(&message.to);
            }
        }
    }

    pub(crate) fn get_mut(&mut self, place: u64) -> Option<&mut Message> {
        let index = place.checked_sub(self.first)?;
        self.messages.get_mut(index as usize)
    }

    /// Newest first, of one number or of all.
    pub(crate) fn newest(&self, to: Option<&str>, limit: usize) -> Vec<Message> {
        match to {
            None => self.messages.iter().rev().take(limit).cloned().collect(),
            Some(to) => self
                .by_number
                .get(to)
                .into_iter()
                .flat_map(|places| places.iter().rev())
                .filter_map(|place| self.messages.get((place - self.first) as usize))
                .take(limit)
                .cloned()
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u32, to: &str) -> Message {
        Message {
            id: number.to_string(),
            to: to.into(),
            body: String::new(),
            sender: String::new(),
            received_at: String::new(),
            status: "Queued",
            correlation_id: Some(format!("c{number}")),
            callback: None,
        }
    }

    #[test]
    fn newest_first_and_the_oldest_are_forgotten() {
        let mut inbox = Inbox::new(3);
        for (number, to) in [(1, "a"), (2, "b"), (3, "a"), (4, "a")] {
            inbox.push(message(number, to));
        }
        let ids = |to, limit| -> Vec<String> {
            inbox.newest(to, limit).into_iter().map(|m| m.id).collect()
        };
        assert_eq!(ids(None, 9), ["4", "3", "2"]);
        assert_eq!(ids(Some("a"), 9), ["4", "3"]);
        assert_eq!(ids(Some("a"), 1), ["4"]);
        assert!(ids(Some("c"), 9).is_empty());
        assert!(!inbox.knows("c1", "a"));
        assert!(inbox.knows("c2", "b") && !inbox.knows("c2", "a"));
        assert!(inbox.get_mut(0).is_none());
        assert_eq!(inbox.get_mut(3).map(|m| m.id.clone()), Some("4".into()));
    }
}
