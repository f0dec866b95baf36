//! The event stream format (WHATWG HTML §9.2.6), read as the bytes come in.

/// One dispatched event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub data: String,
}

/// Takes pieces of any size, also ones that end inside a line or a letter.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    /// The last byte was a carriage return: a line feed now belongs to it.
    after_return: bool,
    began: bool,
    data: Option<String>,
    /// Of the event that is being read: it counts once the event is whole.
    id: Option<String>,
    last_id: Option<String>,
}

impl Parser {
    /// Where to resume from: the id of the last event that had one.
    pub fn last_id(&self) -> Option<&str> {
        self.last_id.as_deref()
    }

    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            let after_return = std::mem::take(&mut self.after_return);
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    events.extend(self.end_of_line());
                }
                byte => self.line.push(byte),
            }
        }
        events
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = if std::mem::replace(&mut self.began, true) {
            &line[..]
        } else {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line)
        };
        if line.is_empty() {
            self.last_id = self.id.take().or(self.last_id.take());
            return self.data.take().map(|data| Event { data });
        }
        let line = String::from_utf8_lossy(line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            // A comment (an empty name), or a field that means nothing to us; when to come back is
            // our own decision.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(parser: &mut Parser, text: &str) -> Vec<String> {
        let events = parser.push(text.as_bytes());
        events.into_iter().map(|e| e.data).collect()
    }

    #[test]
    fn events_lines_comments_and_ids() {
        let mut p = Parser::default();
        let events = all(
            &mut p,
            ": hello\nid: 7-0\ndata: one\n\ndata:two\ndata: three\n\nevent: x\n\nretry: 1500\ndata\n\n",
        );
        assert_eq!(events, ["one", "two\nthree", ""]);
        assert_eq!(p.last_id(), Some("7-0"));
        assert!(all(&mut p, "id: 8-0\ndata: cut off\n").is_empty());
        assert_eq!(
            p.last_id(),
            Some("7-0"),
            "an event that is not whole is asked for again"
        );
        assert_eq!(all(&mut p, "\n"), ["cut off"]);
        assert_eq!(p.last_id(), Some("8-0"));
    }

    #[test]
    fn all_line_ends_and_a_byte_order_mark() {
        let mut p = Parser::default();
        assert_eq!(
            all(&mut p, "\u{feff}data: a\r\n\r\ndata: b\r\rdata: c\n\n"),
            ["a", "b", "c"]
        );
        assert!(all(&mut p, "data: d\r\n\r").contains(&"d".to_owned()));
        assert!(all(&mut p, "\n").is_empty());
    }

    #[test]
    fn any_cut_gives_the_same() {
        let text =
            "id: 1\ndata: {\"name\":\"محمد 🚐\"}\r\n\r\n: ping\n\nid: 2\ndata: x\ndata: y\n\n";
        let whole = Parser::default().push(text.as_bytes());
        assert_eq!(whole.len(), 2);
        for cut in 0..text.len() {
            let mut p = Parser::default();
            let mut events = p.push(&text.as_bytes()[..cut]);
            events.extend(p.push(&text.as_bytes()[cut..]));
            assert_eq!(events, whole, "cut at {cut}");
            assert_eq!(p.last_id(), Some("2"));
        }
    }
}
