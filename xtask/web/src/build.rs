//! One build of the apps, from sources to `target/web/PROFILE/`.

use std::fs::File;
use std::path::Path;

use anyhow::Context;

use crate::assets::{AppFiles, Assets, Manifest, Shared, fingerprint};
use crate::mark::{FAVICON, Shape};
use crate::say::Step;
use crate::toolchain::Toolchain;
use crate::{App, Places, Profile, css, icons, js, mark, npm, split, wasm, weight, write};

/// Whether pages look out for the next build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reload {
    Yes,
    No,
}

pub(crate) fn all(
    places: &Places,
    profile: Profile,
    apps: &[App],
    reload: Reload,
) -> anyhow::Result<Manifest> {
    let whole = Step::quiet(format!("apps ({})", profile.name()));
    let dir = places.web.join(profile.name());
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let toolchain = {
        let _alone = alone(&places.web)?;
        npm::install(&places.root)?;
        Toolchain::find(places, profile)?
    };
    // Two builds of one profile at once would sweep each other's files away.
    let _alone = alone(&dir)?;
    wasm::compile(places, &toolchain, profile, apps)?;
    let before = Manifest::read(&dir);
    let mut assets = Assets::open(dir.join("assets"), profile)?;
    let mut manifest = Manifest {
        shared: shared(&places.root, &mut assets)?,
        ..Manifest::default()
    };
    let fonts = css::fonts(&places.root, &App::ALL.map(App::name), &mut assets)?;
    manifest.shared.fonts = fonts.values().cloned().collect();

    for app in App::ALL {
        let name = app.name();
        let files = if apps.contains(&app) {
            let program = wasm::program(places, profile, app)?;
            let mut parts = Vec::new();
            let mut addresses = Vec::new();
            for part in &program.parts {
                let file = assets.add(&format!("{name}-{}.wasm", part.plain()), &part.wasm)?;
                addresses.push((part.name.as_str(), js::address(&file)));
                parts.push(file);
            }
            let glue = split::addressed(&program.js, &addresses)?;
            let glue = assets.add(&format!("{name}.js"), glue.as_bytes())?;
            let wasm = assets.add(&format!("{name}.wasm"), &program.wasm)?;
            let boot = js::boot(&places.root, &glue, &wasm, reload)?;
            let sheet = css::app(&places.root, name, &fonts)?;
            AppFiles {
                boot: assets.add("boot.js", boot.as_bytes())?,
                css: assets.add(&format!("{name}.css"), &sheet)?,
                js: glue,
                wasm,
                parts,
            }
        } else if let Some(files) = before.as_ref().and_then(|before| before.apps.get(name)) {
            let first = [&files.boot, &files.js, &files.wasm, &files.css];
            for file in first.into_iter().chain(&files.parts) {
                assets.keep(file);
            }
            files.clone()
        } else {
            continue;
        };
        manifest.apps.insert(name.to_owned(), files);
    }

    manifest.files = assets.files.clone();
    manifest.version = fingerprint(&[manifest
        .files
        .keys()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("\n")
        .as_bytes()]);
    for (name, files) in &manifest.apps {
        let worker = js::service_worker(&places.root, &manifest, name, files)?;
        write(&dir.join(format!("sw-{name}.js")), worker.as_bytes())?;
        let web_manifest = js::web_manifest(name, &manifest.shared);
        write(
            &dir.join(format!("{name}.webmanifest")),
            web_manifest.as_bytes(),
        )?;
    }
    // Last, and at once: a server that reads it finds every file that it names.
    write(
        &dir.join("manifest.json"),
        &serde_json::to_vec_pretty(&manifest)?,
    )?;
    let changed = before.as_ref().map(|before| &before.version) != Some(&manifest.version);
    if changed {
        assets.sweep(before.as_ref())?;
    }
    whole.done(&if changed {
        format!("{} new files", assets.written)
    } else {
        "nothing to do".to_owned()
    });
    if profile == Profile::Release {
        weight::check(&assets, &manifest)?;
    }
    Ok(manifest)
}

/// Until it is dropped, nobody else has the folder.
fn alone(dir: &Path) -> anyhow::Result<File> {
    let lock = File::create(dir.join("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// What both apps use.
fn shared(root: &Path, assets: &mut Assets) -> anyhow::Result<Shared> {
    let mut shared = Shared {
        icons: assets.add("icons.svg", icons::sprite(root)?.as_bytes())?,
        licences: assets.add("licences.txt", npm::licences(root)?.as_bytes())?,
        favicon: assets.add("favicon.svg", FAVICON.as_bytes())?,
        icon180: assets.add("icon180.png", &mark::png(180, Shape::Maskable)?)?,
        icon192: assets.add("icon192.png", &mark::png(192, Shape::Tile)?)?,
        icon512: assets.add("icon512.png", &mark::png(512, Shape::Tile)?)?,
        maskable: assets.add("maskable.png", &mark::png(512, Shape::Maskable)?)?,
        ..Shared::default()
    };
    js::map(root, assets, &mut shared)?;
    Ok(shared)
}
