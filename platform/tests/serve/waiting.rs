//! Connections that are open and ask for nothing.

use crate::{Server, greeted, quick, start};
use platform::serve::ConnectionLimits;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// HTTP/2 as its frames are.
struct Frames(TcpStream);

const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
/// What h2 says in the ping after a GOAWAY.
const LEAVE: [u8; 8] = [0x0b, 0x7b, 0xa2, 0xf0, 0x8b, 0x9b, 0xfe, 0x54];

impl Frames {
    async fn connect(server: &Server) -> Self {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        stream.write_all(preface).await.unwrap();
        let mut frames = Self(stream);
        frames.write(SETTINGS, 0, 0, &[]).await.unwrap();
        frames
    }

    async fn write(&mut self, kind: u8, flags: u8, of: u32, said: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(said.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend(of.to_be_bytes());
        frame.extend(said);
        self.0.write_all(&frame).await
    }

    /// Kind, flags and what it says.
    async fn read(&mut self) -> std::io::Result<(u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await?;
        let mut said = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.0.read_exact(&mut said).await?;
        Ok((head[3], head[4], said))
    }

    /// GET `path`, as the stream of this number.
    async fn ask(&mut self, number: u32, path: &str) {
        // :method GET and :scheme http by number, :path by the number of its name.
        let mut head = vec![0x82, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
        head.extend(path.as_bytes());
        // HEADERS, END_STREAM and END_HEADERS.
        self.write(1, 5, number, &head).await.unwrap();
    }

    /// Answers pings, and those that ask it to leave too if it is `polite`, until it is cut off.
    async fn live_on(mut self, polite: bool) {
        let began = Instant::now();
        let mut told = false;
        while let Ok((kind, flags, said)) = self.read().await {
            // The ping that comes with it is known by what it says.
            let asks_to_leave = told && !polite && said == LEAVE;
            if kind == PING && flags == 0 && !asks_to_leave {
                let _ = self.write(PING, ACK, 0, &said).await;
            }
            told |= kind == GOAWAY;
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "it lives for ever"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_alone_keep_no_connection() {
    let server = start(quick(), None).await;
    for polite in [true, false] {
        let mut asked = Frames::connect(&server).await;
        asked.ask(1, "/hello").await;
        asked.live_on(polite).await;
        // The same for one that never asked for anything.
        Frames::connect(&server).await.live_on(polite).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_under_way_keeps_its_connection() {
    let limits = ConnectionLimits {
        head: Duration::from_millis(500),
        ..ConnectionLimits::default()
    };
    let server = start(limits, None).await;
    let mut client = Frames::connect(&server).await;
    client.ask(1, "/much-later").await;
    let mut answer = Vec::new();
    while let Ok((kind, flags, said)) = client.read().await {
        match kind {
            0 => answer.extend(said),
            PING if flags == 0 => client.write(PING, ACK, 0, &said).await.unwrap(),
            _ => {}
        }
    }
    assert_eq!(answer, b"much later");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_crowded_who_waits_makes_room_sooner() {
    let limits = ConnectionLimits {
        most: 4,
        head: Duration::from_secs(20),
        ..ConnectionLimits::default()
    };
    let server = start(limits, None).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream
            .write_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        stream.read_exact(&mut [0; 12]).await.unwrap();
        held.push(stream);
    }
    let began = Instant::now();
    assert!(greeted(&server).await);
    assert!(began.elapsed() < Duration::from_secs(12));
}
