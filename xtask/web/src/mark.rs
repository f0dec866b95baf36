//! The mark as PNG, for home screens: three wall openings stacked into a roof.
//!
//! Four shapes with straight edges need no SVG renderer.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// The drawing, 32 units square, as in the design's `logo`: triangles as (left, right, tip, base).
const OPENINGS: [[(f32, f32); 3]; 3] = [
    [(16.0, 6.5), (21.2, 15.0), (10.8, 15.0)],
    [(9.6, 16.8), (14.8, 25.5), (4.4, 25.5)],
    [(22.4, 16.8), (27.6, 25.5), (17.2, 25.5)],
];

/// `--brand` and `--on-brand` of the light theme in sRGB.
const BRAND: [u8; 3] = [61, 90, 24];
const ON_BRAND: [u8; 3] = [255, 255, 255];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Rounded corners on nothing.
    Tile,
    /// To the edges, the mark inside the circle that every launcher leaves visible.
    Maskable,
}

/// The same as a drawing, for browser tabs.
pub(crate) const FAVICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\">\
    <rect width=\"32\" height=\"32\" rx=\"8\" fill=\"#3d5a18\"/>\
    <path d=\"M16 6.5 21.2 15H10.8zM9.6 16.8l5.2 8.7H4.4zM22.4 16.8l5.2 8.7H17.2z\" fill=\"#fff\"/></svg>";

pub(crate) fn png(size: u16, shape: Shape) -> anyhow::Result<Vec<u8>> {
    const FINE: u16 = 4;
    let mut rows = Vec::with_capacity(usize::from(size) * (usize::from(size) * 4 + 1));
    for y in 0..size {
        rows.push(0); // PNG filter: none
        for x in 0..size {
            let (mut tile, mut mark) = (0u32, 0u32);
            for step in 0..FINE * FINE {
                let unit = |at: u16, part: u16| {
                    let at = f32::from(at) + (f32::from(part) + 0.5) / f32::from(FINE);
                    at * 32.0 / f32::from(size)
                };
                let point = (unit(x, step % FINE), unit(y, step / FINE));
                if shape == Shape::Maskable || in_tile(point) {
                    tile += 1;
                }
                if in_mark(match shape {
                    Shape::Tile => point,
                    Shape::Maskable => shrunk(point),
                }) {
                    mark += 1;
                }
            }
            let all = u32::from(FINE * FINE);
            for (under, over) in BRAND.into_iter().zip(ON_BRAND) {
                let mixed = (u32::from(under) * (all - mark) + u32::from(over) * mark) / all;
                rows.push(u8::try_from(mixed).unwrap_or(u8::MAX));
            }
            rows.push(u8::try_from(tile * 255 / all).unwrap_or(u8::MAX));
        }
    }
    encode(size, &rows)
}

/// Inside the 32-unit square with corners of 8.
fn in_tile((x, y): (f32, f32)) -> bool {
    let over = |at: f32| (8.0 - at).max(at - 24.0).max(0.0);
    over(x).hypot(over(y)) <= 8.0
}

fn in_mark(point: (f32, f32)) -> bool {
    OPENINGS.iter().any(|corners| {
        let side = |a: (f32, f32), b: (f32, f32)| {
            (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0)
        };
        let [a, b, c] = *corners;
        side(a, b) >= 0.0 && side(b, c) >= 0.0 && side(c, a) >= 0.0
    })
}

/// Around the mark's middle, to 80 %.
fn shrunk((x, y): (f32, f32)) -> (f32, f32) {
    ((x - 16.0) / 0.8 + 16.0, (y - 16.0) / 0.8 + 16.0)
}

fn encode(size: u16, rows: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(u32::from(size).to_be_bytes());
    header.extend(u32::from(size).to_be_bytes());
    header.extend([8, 6, 0, 0, 0]); // 8 bits, RGBA
    let mut data = ZlibEncoder::new(Vec::new(), Compression::best());
    data.write_all(rows)?;
    for (kind, content) in [
        (b"IHDR", header),
        (b"IDAT", data.finish()?),
        (b"IEND", vec![]),
    ] {
        png.extend(u32::try_from(content.len())?.to_be_bytes());
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(&content);
        png.extend(kind);
        png.extend(content);
        png.extend(sum.sum().to_be_bytes());
    }
    Ok(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_where_it_should_be() {
        assert!(in_mark((16.0, 12.0)) && in_mark((9.6, 22.0)) && in_mark((22.4, 22.0)));
        assert!(!in_mark((16.0, 20.0)) && !in_mark((3.0, 3.0)));
        assert!(in_tile((16.0, 0.1)) && !in_tile((0.5, 0.5)));
    }

    #[test]
    fn a_png_has_its_size() {
        let png = png(32, Shape::Tile).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        assert_eq!(png[16..24], [0, 0, 0, 32, 0, 0, 0, 32]);
    }
}
