//! The few JavaScript files of `apps/client/js`: names that only the build knows are put in.
//!
//! They are ES modules. A quoted name stands for an address or a value:
//!
//! | in | name | becomes |
//! |---|---|---|
//! | `boot.js` | `"khidma:app.js"`, `"khidma:app.wasm"` | the addresses of the app's two halves |
//! | `map.js` | `"maplibre-gl"`, `"maplibre-gl/worker"` | the addresses of the library and its worker |
//! | `map.js`, `map/people.js` | `"map/…"` | the addresses of its parts |
//! | `sw.js` | `"khidma:app"`, `"khidma:version"` | which app, which build |
//! | `sw.js` | `"khidma:shell"` | a list of the addresses that the app needs to start offline |

use std::path::Path;

use anyhow::bail;
use serde_json::{Value, json};

use crate::assets::{AppFiles, Assets, Manifest, Shared};
use crate::build::Reload;
use crate::{css, npm, read, read_text};

const FOLDER: &str = "apps/client/js";

/// Where the server serves `assets/`.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{name}")
}

/// Pages of a watched build ask for the build's version and reload when it changes.
const RELOAD: &str = r#"
let built;
setInterval(async () => {
  try {
    const answer = await fetch("/dev/web", { cache: "no-store" });
    if (!answer.ok) return;
    const version = await answer.text();
    if (built !== undefined && built !== version) location.reload();
    built = version;
  } catch {}
}, 700);
"#;

/// `boot.js` of an app.
pub(crate) fn boot(root: &Path, js: &str, wasm: &str, reload: Reload) -> anyhow::Result<String> {
    let names = [
        ("khidma:app.js", json!(address(js))),
        ("khidma:app.wasm", json!(address(wasm))),
    ];
    let mut text = filled(root, "boot.js", &names)?;
    if reload == Reload::Yes {
        text.push_str(RELOAD);
    }
    Ok(text)
}

/// The scripts that `map.js` imports, each after those that it imports itself.
const MAP_PARTS: [(&str, &[&str]); 4] = [
    ("map/ground.js", &[]),
    ("map/palette.js", &[]),
    ("map/world.js", &[]),
    ("map/people.js", &["map/world.js"]),
];

/// The map: our shim, the library and its worker. They are loaded when a map is first shown.
pub(crate) fn map(root: &Path, assets: &mut Assets, shared: &mut Shared) -> anyhow::Result<()> {
    let folder = npm::folder(root, npm::MAP);
    let library = assets.add("maplibre.js", &read(&folder.join("maplibre-gl.mjs"))?)?;
    let worker = assets.add(
        "maplibre-worker.js",
        &read(&folder.join("maplibre-gl-worker.mjs"))?,
    )?;
    let styles = css::minified(
        &read_text(&folder.join("maplibre-gl.css"))?,
        "maplibre-gl.css",
    )?;
    shared.map_css = assets.add("maplibre.css", styles.as_bytes())?;
    let mut names = vec![
        ("maplibre-gl", json!(address(&library))),
        ("maplibre-gl/worker", json!(address(&worker))),
    ];
    shared.map_parts = vec![library, worker];
    for (file, imports) in MAP_PARTS {
        let imported: Vec<_> = names
            .iter()
            .filter(|(name, _)| imports.contains(name))
            .cloned()
            .collect();
        let text = filled(root, file, &imported)?;
        let part = assets.add(&file.replace('/', "-"), text.as_bytes())?;
        names.push((file, json!(address(&part))));
        shared.map_parts.push(part);
    }
    shared.map = assets.add("map.js", filled(root, "map.js", &names)?.as_bytes())?;
    Ok(())
}

/// The app's service worker. It is no asset: its address stays the same.
pub(crate) fn service_worker(
    root: &Path,
    manifest: &Manifest,
    app: &str,
    files: &AppFiles,
) -> anyhow::Result<String> {
    let AppFiles {
        boot,
        js,
        wasm,
        css,
        parts,
    } = files;
    let shared = &manifest.shared;
    let shell: Vec<String> = [boot, js, wasm, css, &shared.icons, &shared.favicon]
        .into_iter()
        .chain(parts)
        .chain(&shared.fonts)
        .map(|name| address(name))
        .collect();
    let names = [
        ("khidma:app", json!(app)),
        ("khidma:version", json!(manifest.version)),
        ("khidma:shell", json!(shell)),
    ];
    filled(root, "sw.js", &names)
}

/// A source file with the values in the places of their quoted names, each of which it must have.
fn filled(root: &Path, file: &str, names: &[(&str, Value)]) -> anyhow::Result<String> {
    let mut text = read_text(&root.join(FOLDER).join(file))?;
    for (name, value) in names {
        let before = text.clone();
        for quote in ['"', '\'', '`'] {
            text = text.replace(&format!("{quote}{name}{quote}"), &value.to_string());
        }
        if text == before {
            bail!("{FOLDER}/{file} never says \"{name}\", which the build has a value for");
        }
    }
    Ok(text)
}

/// What a home screen needs to know of an app.
pub(crate) fn web_manifest(app: &str, shared: &Shared) -> String {
    let (name, start) = match app {
        "admin" => ("خدمة · غرفة العمليات", "/admin/"),
        _ => ("خدمة", "/"),
    };
    let short = match app {
        "admin" => "Khidma ops",
        _ => "Khidma",
    };
    let icon = |file: &str, size: &str, purpose: &str| json!({ "src": address(file), "sizes": size, "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": start,
        "name": name,
        "short_name": short,
        "lang": "ar",
        "dir": "rtl",
        "start_url": start,
        "scope": start,
        "display": "standalone",
        // The light theme's canvas.
        "background_color": "#f4f5f1",
        "theme_color": "#f4f5f1",
        "icons": [
            icon(&shared.icon192, "192x192", "any"),
            icon(&shared.icon512, "512x512", "any"),
            icon(&shared.maskable, "512x512", "maskable"),
        ],
    });
    manifest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_values_and_none_may_be_missing() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(FOLDER);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(
            folder.join("boot.js"),
            "import init from 'khidma:app.js';\ninit(\"khidma:app.wasm\");\n",
        )
        .unwrap();
        let text = boot(root.path(), "a-1.js", "a-2.wasm", Reload::No).unwrap();
        assert_eq!(
            text,
            "import init from \"/assets/a-1.js\";\ninit(\"/assets/a-2.wasm\");\n"
        );
        let watched = boot(root.path(), "a-1.js", "a-2.wasm", Reload::Yes).unwrap();
        assert!(watched.contains("/dev/web"));
        std::fs::write(folder.join("boot.js"), "import 'khidma:app.js';").unwrap();
        assert!(boot(root.path(), "a-1.js", "a-2.wasm", Reload::No).is_err());
    }

    #[test]
    fn a_web_manifest_is_json_in_arabic() {
        let manifest: Value =
            serde_json::from_str(&web_manifest("admin", &Shared::default())).unwrap();
        assert_eq!(manifest["dir"], "rtl");
        assert_eq!(manifest["start_url"], "/admin/");
    }
}
