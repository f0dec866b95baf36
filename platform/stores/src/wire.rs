//! As much of PostgreSQL's protocol (version 3.0) as it takes to know that the server answers and
//! to create a database: start-up with trust authentication, and the simple query. No driver, so
//! that whatever builds the drivers' checked queries can start a database first.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

const PROTOCOL_3_0: i32 = 196_608;
/// Longest message accepted. Ours are a few hundred bytes.
const MESSAGE_LIMIT: usize = 1 << 20;

pub(crate) struct Session {
    stream: UnixStream,
}

/// What the server says when it refuses: `SQLSTATE: message`.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) sqlstate: String,
    message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.sqlstate, self.message)
    }
}

impl std::error::Error for Refused {}

pub(crate) type Row = Vec<Option<String>>;

impl Session {
    /// Connects as `user` to `database` through the socket file.
    pub(crate) fn connect(socket: &Path, user: &str, database: &str) -> anyhow::Result<Session> {
        let stream = UnixStream::connect(socket)
            .with_context(|| format!("cannot connect to {}", socket.display()))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_write_timeout(Some(Duration::from_secs(30)))?;
        let mut session = Session { stream };
        let mut body = PROTOCOL_3_0.to_be_bytes().to_vec();
        for word in ["user", user, "database", database] {
            body.extend_from_slice(word.as_bytes());
            body.push(0);
        }
        body.push(0);
        session.send(None, &body)?;
        session.until_ready()?;
        Ok(session)
    }

    /// Runs one statement and gives its rows as text.
    pub(crate) fn query(&mut self, sql: &str) -> anyhow::Result<Vec<Row>> {
        let mut body = sql.as_bytes().to_vec();
        body.push(0);
        self.send(Some(b'Q'), &body)?;
        self.until_ready()
    }

    fn send(&mut self, tag: Option<u8>, body: &[u8]) -> anyhow::Result<()> {
        let mut message = Vec::with_capacity(body.len() + 5);
        message.extend(tag);
        message.extend_from_slice(&i32::try_from(body.len() + 4)?.to_be_bytes());
        message.extend_from_slice(body);
        self.stream.write_all(&message)?;
        Ok(())
    }

    fn receive(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        let mut head = [0; 5];
        self.stream.read_exact(&mut head)?;
        let length = i32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let length = usize::try_from(length - 4).context("a message of negative length")?;
        if length > MESSAGE_LIMIT {
            bail!("a message of {length} bytes");
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((head[0], body))
    }

    fn until_ready(&mut self) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut refused = None;
        loop {
            let (tag, body) = match self.receive() {
                Ok(message) => message,
                // A refused start-up is answered by an error and then a closed connection.
                Err(error) => return Err(refused.map_or(error, anyhow::Error::new)),
            };
            match tag {
                b'R' if body != [0, 0, 0, 0] => {
                    bail!("the server asks for a password; ours are set up to trust the socket")
                }
                b'D' => rows.push(row(&body)?),
                b'E' => refused = Some(refusal(&body)),
                b'Z' => return refused.map_or(Ok(rows), |refused| Err(refused.into())),
                _ => {}
            }
        }
    }
}

fn row(mut body: &[u8]) -> anyhow::Result<Row> {
    let mut count = [0; 2];
    body.read_exact(&mut count)?;
    (0..u16::from_be_bytes(count))
        .map(|_| {
            let mut length = [0; 4];
            body.read_exact(&mut length)?;
            let Ok(length) = usize::try_from(i32::from_be_bytes(length)) else {
                return Ok(None); // -1 is NULL
            };
            let (value, rest) = body
                .split_at_checked(length)
                .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            body = rest;
            Ok(Some(String::from_utf8_lossy(value).into_owned()))
        })
        .collect()
}

fn refusal(body: &[u8]) -> Refused {
    let mut refused = Refused {
        sqlstate: String::new(),
        message: String::new(),
    };
    for field in body.split(|byte| *byte == 0) {
        match field.split_first() {
            Some((b'C', value)) => refused.sqlstate = String::from_utf8_lossy(value).into_owned(),
            Some((b'M', value)) => refused.message = String::from_utf8_lossy(value).into_owned(),
            _ => {}
        }
    }
    refused
}

/// An SQL identifier in double quotes.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// An SQL string in single quotes (`standard_conforming_strings` is on by default).
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_values_and_nulls() {
        let body = b"\0\x02\0\0\0\x03abc\xff\xff\xff\xff";
        assert_eq!(row(body).unwrap(), [Some("abc".to_owned()), None]);
        assert!(row(b"\0\x01\0\0\0\x09abc").is_err());
    }

    #[test]
    fn a_refusal_keeps_the_state_and_the_message() {
        let refused = refusal(b"SFATAL\0C57P03\0Mstarting up\0\0");
        assert_eq!(refused.to_string(), "57P03: starting up");
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(literal("a'b"), "'a''b'");
    }
}
