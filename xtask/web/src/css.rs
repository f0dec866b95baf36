//! One style sheet per app, and the fonts it names.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, StyleSheet};

use crate::assets::Assets;
use crate::{npm, read, read_text};

/// How the styles' sources name the fonts; the design's pages do the same.
const FONT: &str = "url(\"fonts/";

/// The app's style sheet: the design system's files, then the app's own. Each says its `@layer`.
pub(crate) fn app(
    root: &Path,
    app: &str,
    fonts: &BTreeMap<String, String>,
) -> anyhow::Result<Vec<u8>> {
    let mut sheet = String::new();
    for path in sources(root, app)? {
        let text = read_text(&path)?;
        let text = with_fonts(&text, fonts).with_context(|| path.display().to_string())?;
        let shown = path.strip_prefix(root).unwrap_or(&path).display();
        sheet.push_str(&minified(&text, &shown.to_string())?);
    }
    Ok(sheet.into_bytes())
}

/// Adds the fonts that the styles of any app name: from the name in the source to the hashed one.
pub(crate) fn fonts(
    root: &Path,
    apps: &[&str],
    assets: &mut Assets,
) -> anyhow::Result<BTreeMap<String, String>> {
    let folder = npm::folder(root, npm::FONTS);
    let mut fonts = BTreeMap::new();
    for app in apps {
        for path in sources(root, app)? {
            for piece in read_text(&path)?.split(FONT).skip(1) {
                let name = piece.split('"').next().unwrap_or_default().to_owned();
                if let Entry::Vacant(place) = fonts.entry(name) {
                    let hashed = assets.add(place.key(), &read(&folder.join(place.key()))?)?;
                    place.insert(hashed);
                }
            }
        }
    }
    Ok(fonts)
}

/// `tokens.css` comes first, because it says the order of the layers; the rest by name.
fn sources(root: &Path, app: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for folder in [
        root.join("apps/ui/css"),
        root.join("apps").join(app).join("css"),
    ] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        files.retain(|path| path.extension().is_some_and(|end| end == "css"));
        files.sort_by_key(|path| (!path.ends_with("tokens.css"), path.clone()));
        all.extend(files);
    }
    Ok(all)
}

fn with_fonts(text: &str, fonts: &BTreeMap<String, String>) -> anyhow::Result<String> {
    let mut pieces = text.split(FONT);
    let mut result = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once('"').context("an address without an end")?;
        let Some(hashed) = fonts.get(name) else {
            bail!("no font is called {name}");
        };
        // Beside the style sheet, in /assets/.
        result.push_str(&format!("url(\"{hashed}\"{rest}"));
    }
    Ok(result)
}

/// No browsers are named, so nothing is rewritten for old ones: layers, nesting and `light-dark()`
/// stay as they are.
pub(crate) fn minified(text: &str, path: &str) -> anyhow::Result<String> {
    let options = ParserOptions {
        filename: path.to_owned(),
        ..ParserOptions::default()
    };
    let mut sheet = StyleSheet::parse(text, options).map_err(|error| anyhow!("{path}: {error}"))?;
    sheet
        .minify(MinifyOptions::default())
        .map_err(|error| anyhow!("{path}: {error}"))?;
    let printed = sheet
        .to_css(PrinterOptions {
            minify: true,
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("{path}: {error}"))?;
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modern_styles_stay_modern_and_mistakes_have_a_place() {
        let text = "@layer a, b;\n@layer a {\n  .x {\n    color: light-dark(oklch(0.5 0.1 130), #fff);\n\
                    \n    & > b { margin-inline: 4px 8px; }\n  }\n}\n";
        let small = minified(text, "a.css").unwrap();
        // The order a, b, said in fewer words.
        assert!(
            small.starts_with("@layer a{.x{") && small.ends_with("@layer b;"),
            "{small}"
        );
        assert!(small.contains("light-dark(oklch("), "{small}");
        assert!(small.contains("margin-inline:4px 8px"), "{small}");
        let error = minified("a { color: red }\n}", "b.css").unwrap_err();
        assert!(error.to_string().contains("b.css"), "{error}");
    }

    #[test]
    fn the_order_of_layers_comes_first_and_fonts_are_found() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("apps/ui/css");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("components.css"), "@layer b { b { top: 0 } }").unwrap();
        std::fs::write(
            folder.join("tokens.css"),
            "@font-face { font-family: X; src: url(\"fonts/x.woff2\") format(\"woff2\") }\n@layer a, b;",
        )
        .unwrap();
        let fonts = BTreeMap::from([("x.woff2".to_owned(), "x-12.woff2".to_owned())]);
        let sheet = app(root.path(), "customer", &fonts).unwrap();
        let sheet = String::from_utf8(sheet).unwrap();
        assert!(sheet.contains("x-12.woff2"), "{sheet}");
        assert!(
            sheet.find("@layer a,b").unwrap() < sheet.find("@layer b{").unwrap(),
            "{sheet}"
        );
        assert!(app(root.path(), "customer", &BTreeMap::new()).is_err());
    }
}
