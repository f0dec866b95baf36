//! From crates to a WebAssembly file and its JavaScript half.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::assets::fingerprint;
use crate::say::Step;
use crate::split::{self, Part};
use crate::toolchain::{TARGET, Toolchain};
use crate::{App, Places, Profile, npm, read, read_text, run, write};

/// Part of what says whether a result can be used again; raise it when this file changes what
/// comes out.
const VERSION: &str = "2";

/// Both halves of an app, and what is loaded later.
pub(crate) struct Program {
    /// Calls the parts by their names; see [`split::addressed`].
    pub(crate) js: String,
    pub(crate) wasm: Vec<u8>,
    pub(crate) parts: Vec<Part>,
}

/// Compiles the apps: one call, so that they share what they depend on, features and all.
pub(crate) fn compile(
    places: &Places,
    toolchain: &Toolchain,
    profile: Profile,
    apps: &[App],
) -> anyhow::Result<()> {
    let names: Vec<&str> = apps.iter().map(|app| app.name()).collect();
    let step = Step::quiet(format!("compiled {}", names.join(", ")));
    // Leptos: views without their types' detail. They compile several times faster, and the whole
    // is smaller: a type for every shape of view is code for every shape of view.
    let mut cargo = toolchain.cargo(&["--cfg", "erase_components"]);
    cargo
        .current_dir(&places.root)
        // Apart from the server's: that is another compiler's, and neither waits for the other.
        .env("CARGO_TARGET_DIR", places.web.join("cargo"))
        .args(["build", "--target", TARGET, "--profile", profile.cargo()]);
    // All are named, so that what they share has the same features whichever is wanted.
    for app in App::ALL {
        cargo.args(["--package", app.name()]);
    }
    for name in &names {
        cargo.args(["--bin", name]);
    }
    if profile == Profile::Release {
        cargo.arg("--no-default-features");
    }
    run(&mut cargo).context("the apps do not compile")?;
    step.done(profile.cargo());
    Ok(())
}

/// The split, wasm-bindgen and, for release, wasm-opt; or what they made of the same program before.
pub(crate) fn program(places: &Places, profile: Profile, app: App) -> anyhow::Result<Program> {
    let name = app.name();
    let compiled = places
        .web
        .join("cargo")
        .join(TARGET)
        .join(profile.cargo())
        .join(format!("{name}.wasm"));
    let made = places.web.join(profile.name()).join("made");
    std::fs::create_dir_all(&made)?;
    let file = |ending: &str| made.join(format!("{name}{ending}"));
    let of_part = |part: &str| file(&format!(".{part}.wasm"));
    let lock = read(&places.root.join("package-lock.json"))?;
    let linked = read(&compiled)?;
    let stamp = fingerprint(&[VERSION.as_bytes(), &lock, &linked]);
    let known = std::fs::read_to_string(file(".stamp")).is_ok_and(|had| had == stamp);
    if !known {
        let step = Step::quiet(format!("bound {name}"));
        let pieces = split::apart(&linked, &file(".apart"))
            .with_context(|| format!("cannot take {name} apart"))?;
        let (js, mut wasm) = bind(&pieces.main, name, profile)?;
        let js = split::joined(&js, &pieces.loader)?;
        let mut parts = pieces.parts;
        let whole = |wasm: &[u8], parts: &[Part]| {
            let parts: usize = parts.iter().map(|part| part.wasm.len()).sum();
            format!("{} kB", (wasm.len() + parts) / 1000)
        };
        step.done(&whole(&wasm, &parts));
        if profile == Profile::Release {
            let step = Step::begin(format!("making {name} small"));
            wasm = optimised(&places.root, &wasm, &file(".bound.wasm"), &file(".wasm"))?;
            for part in &mut parts {
                let to = of_part(&part.name);
                part.wasm = optimised(&places.root, &part.wasm, &file(".bound.wasm"), &to)?;
            }
            step.done(&whole(&wasm, &parts));
        }
        write(&file(".js"), js.as_bytes())?;
        write(&file(".wasm"), &wasm)?;
        for part in &parts {
            write(&of_part(&part.name), &part.wasm)?;
        }
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        write(&file(".parts"), names.join("\n").as_bytes())?;
        write(&file(".stamp"), stamp.as_bytes())?;
    }
    let parts = read_text(&file(".parts"))?
        .lines()
        .map(|name| {
            Ok(Part {
                name: name.to_owned(),
                wasm: read(&of_part(name))?,
            })
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Program {
        js: read_text(&file(".js"))?,
        wasm: read(&file(".wasm"))?,
        parts,
    })
}

fn bind(program: &[u8], name: &str, profile: Profile) -> anyhow::Result<(String, Vec<u8>)> {
    let mut output = Bindgen::new()
        .input_bytes(name, program.to_vec())
        .out_name(name)
        .web(true)
        .map_err(|error| anyhow!(error))?
        .typescript(false)
        .omit_default_module_path(true)
        // The parts find the program's by these.
        .keep_lld_exports(true)
        .demangle(false)
        .remove_producers_section(true)
        // Without them a crash in the browser would be a list of numbers.
        .remove_name_section(profile == Profile::Release)
        .generate_output()
        .map_err(|error| anyhow!(error))
        .with_context(|| format!("wasm-bindgen cannot read {name}"))?;
    let inline = output
        .snippets()
        .iter()
        .filter(|(_, list)| !list.is_empty());
    let foreign: Vec<&String> = inline
        .map(|(of, _)| of)
        .chain(output.local_modules().keys())
        .collect();
    if !foreign.is_empty() {
        bail!("{name} brings JavaScript that the build does not serve: {foreign:?}");
    }
    Ok((output.js().to_owned(), output.wasm_mut().emit_wasm()))
}

fn optimised(root: &Path, wasm: &[u8], from: &PathBuf, to: &PathBuf) -> anyhow::Result<Vec<u8>> {
    write(from, wasm)?;
    run(npm::wasm_opt(root).arg(from).arg("-o").arg(to).args([
        "-Oz",
        "--enable-bulk-memory",
        "--enable-nontrapping-float-to-int",
        "--enable-sign-ext",
        "--enable-mutable-globals",
        "--enable-reference-types",
        "--enable-multivalue",
        "--strip-debug",
        "--strip-producers",
        // Of the parts' names of types, which it does not know and drops, it need not warn.
        "--quiet",
    ]))
    .context("wasm-opt")?;
    std::fs::remove_file(from)?;
    read(to)
}
