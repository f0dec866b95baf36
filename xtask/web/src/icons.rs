//! One sprite with every icon the apps use.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};

use crate::{npm, read_text};

/// Lucide's outlines named in `apps/ui/icons.txt`, and our own drawings in `apps/ui/icons/`.
pub(crate) fn sprite(root: &Path) -> anyhow::Result<String> {
    let mut symbols = BTreeMap::new();
    let list = root.join("apps/ui/icons.txt");
    if list.exists() {
        let lucide = npm::folder(root, npm::ICONS);
        for (at, line) in read_text(&list)?.lines().enumerate() {
            let name = line.split('#').next().unwrap_or_default().trim();
            if name.is_empty() {
                continue;
            }
            let path = lucide.join(format!("{name}.svg"));
            if !path.exists() {
                bail!("apps/ui/icons.txt:{}: Lucide has no icon {name}", at + 1);
            }
            symbols.insert(name.to_owned(), symbol(name, &read_text(&path)?)?);
        }
    }
    if let Ok(own) = std::fs::read_dir(root.join("apps/ui/icons")) {
        for entry in own {
            let path = entry?.path();
            if path.extension().is_none_or(|end| end != "svg") {
                continue;
            }
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let symbol =
                symbol(&name, &read_text(&path)?).with_context(|| path.display().to_string())?;
            symbols.insert(name.into_owned(), symbol);
        }
    }
    let symbols: String = symbols.into_values().collect();
    Ok(format!(
        "<!-- Outlines: Lucide, ISC licence --><svg xmlns=\"http://www.w3.org/2000/svg\">{symbols}</svg>"
    ))
}

/// The drawing of a file as a symbol. Colour and line come from the styles where it is used.
fn symbol(name: &str, file: &str) -> anyhow::Result<String> {
    let start = file
        .find("<svg")
        .or_else(|| file.find("<symbol"))
        .context("no <svg> in it")?;
    let (tag, inside) = file[start..].split_once('>').context("<svg> has no end")?;
    let view_box = tag
        .split_once("viewBox=\"")
        .and_then(|(_, rest)| rest.split('"').next())
        .context("no viewBox")?;
    let inside = inside
        .rsplit_once("</svg>")
        .or_else(|| inside.rsplit_once("</symbol>"))
        .context("no </svg>")?
        .0;
    let inside: Vec<&str> = inside.split_whitespace().collect();
    let inside = inside.join(" ").replace("> <", "><").replace(" />", "/>");
    Ok(format!(
        "<symbol id=\"{name}\" viewBox=\"{view_box}\">{inside}</symbol>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_a_symbol() {
        let file = "<!-- x -->\n<svg\n  class=\"y\"\n  viewBox=\"0 0 24 24\"\n>\n  <path d=\"M1 2\" />\n  <path d=\"M3 4\" />\n</svg>\n";
        assert_eq!(
            symbol("check", file).unwrap(),
            "<symbol id=\"check\" viewBox=\"0 0 24 24\"><path d=\"M1 2\"/><path d=\"M3 4\"/></symbol>"
        );
        assert!(symbol("x", "<svg></svg>").is_err());
    }
}
