//! What a visitor has to download before an app runs.

use anyhow::bail;

use crate::assets::{AppFiles, Assets, Manifest};

/// Brotli bytes of the WebAssembly and JavaScript that an app needs before it runs. What is loaded
/// when a screen needs it (the app's parts, the map) is said, and counts apart.
const LIMIT: u64 = 350_000;

/// Prints the weight of each app, and fails if one is over the limit.
pub(crate) fn check(assets: &Assets, manifest: &Manifest) -> anyhow::Result<()> {
    let sum = |names: &[&String]| -> anyhow::Result<u64> {
        names.iter().map(|name| assets.brotli_len(name)).sum()
    };
    let mut heavy = Vec::new();
    for (name, files) in &manifest.apps {
        let AppFiles {
            boot,
            js,
            wasm,
            css,
            parts,
        } = files;
        let program = sum(&[wasm, js, boot])?;
        eprintln!(
            "web: {name} weighs {} of {} kB (wasm {}, js {}), and {} kB of styles",
            kb(program),
            LIMIT / 1000,
            kb(sum(&[wasm])?),
            kb(sum(&[js, boot])?),
            kb(sum(&[css])?),
        );
        if !parts.is_empty() {
            let each = parts
                .iter()
                .map(|part| {
                    let (stem, _) = part.rsplit_once('-').unwrap_or((part, ""));
                    let short = stem.split_once('-').map_or(stem, |(_, short)| short);
                    Ok(format!("{short} {}", kb(sum(&[part])?)))
                })
                .collect::<anyhow::Result<Vec<_>>>()?;
            let later = sum(&parts.iter().collect::<Vec<_>>())?;
            eprintln!(
                "web: {name} loads when a screen needs it: {}; {} kB in all",
                each.join(", "),
                kb(program + later),
            );
        }
        if program > LIMIT {
            heavy.push(name.as_str());
        }
    }
    let shared = &manifest.shared;
    let mut map = vec![&shared.map, &shared.map_css];
    map.extend(&shared.map_parts);
    eprintln!(
        "web: for both: fonts {} kB, icons {} kB; the map, when one is shown, {} kB",
        kb(sum(&shared.fonts.iter().collect::<Vec<_>>())?),
        kb(sum(&[&shared.icons])?),
        kb(sum(&map)?),
    );
    if !heavy.is_empty() {
        bail!(
            "over the limit of {} kB: {}",
            LIMIT / 1000,
            heavy.join(", ")
        );
    }
    Ok(())
}

/// Thousands of bytes to one decimal.
fn kb(bytes: u64) -> String {
    let tenths = (bytes + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}
