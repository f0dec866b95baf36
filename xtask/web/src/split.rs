//! Takes the parts that come later (`#[wasm_split]` in the apps) out of a linked program.
//!
//! The tool that does it writes a script which loads the parts. That script and wasm-bindgen's
//! import each other by names that are not the served ones; here they become one script.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use wasm_split_cli_support::Options;

use crate::{read, read_text};

/// How the program names the script that loads its parts.
const LOADER: &str = "./parts.js";
/// How that script names the program's.
const MAIN: &str = "./main.js";

/// A program in pieces.
pub(crate) struct Pieces {
    pub(crate) main: Vec<u8>,
    pub(crate) parts: Vec<Part>,
    /// What loads them.
    pub(crate) loader: String,
}

pub(crate) struct Part {
    /// `split_book`: what the loader calls it, without the ending.
    pub(crate) name: String,
    pub(crate) wasm: Vec<u8>,
}

impl Part {
    /// `book`; `shared3` for what several parts need.
    pub(crate) fn plain(&self) -> String {
        match self.name.strip_prefix("split_") {
            Some(name) => name.to_owned(),
            None => self.name.replace("chunk_", "shared"),
        }
    }
}

/// `room` is a folder for what the tool writes.
pub(crate) fn apart(program: &[u8], room: &Path) -> anyhow::Result<Pieces> {
    if room.exists() {
        std::fs::remove_dir_all(room)?;
    }
    let main = room.join("main.wasm");
    let mut options = Options::new(program);
    options.output_dir = room;
    options.main_out_path = &main;
    options.link_name = LOADER;
    options.main_module = MAIN;
    let made = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("{error:#}"))?;
    let mut parts = made
        .split_modules
        .iter()
        .map(|path| {
            let name = path.file_stem().context("a part without a name")?;
            Ok(Part {
                name: name.to_string_lossy().into_owned(),
                wasm: read(path)?,
            })
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    let pieces = Pieces {
        main: read(&main)?,
        parts,
        loader: read_text(&room.join(LOADER))?,
    };
    std::fs::remove_dir_all(room)?;
    Ok(pieces)
}

/// The program's script with the loader's at its end: what one takes from the other is at hand.
/// Without parts nothing is loaded, and the script stays as it is.
pub(crate) fn joined(script: &str, loader: &str) -> anyhow::Result<String> {
    let loads: Vec<&str> = loader
        .lines()
        .filter_map(|line| line.strip_prefix("export const ")?.split_once(' '))
        .map(|(name, _)| name)
        .collect();
    if loads.is_empty() {
        return Ok(script.to_owned());
    }
    let taken = format!("import {{ initSync }} from \"{MAIN}\";");
    if !loader.contains(&taken) || !script.contains("function initSync(") {
        bail!("the script that loads the parts does not take initSync from the program's");
    }
    let from = format!(" from \"{LOADER}\"");
    let mut text = String::new();
    let mut wanted = Vec::new();
    for line in script.lines() {
        let import = line.trim_end_matches(';').strip_suffix(&from);
        match import.and_then(|line| line.strip_prefix("import * as ")) {
            Some(name) => wanted.push(name),
            None => text.extend([line, "\n"]),
        }
    }
    if wanted.is_empty() {
        bail!("the program's script does not import the one that loads the parts");
    }
    text.push_str(
        &loader
            .replace(&taken, "")
            .replace("export const ", "const "),
    );
    for name in wanted {
        text.push_str(&format!("const {name} = {{ {} }};\n", loads.join(", ")));
    }
    Ok(text)
}

/// The script with the addresses at which the parts are served: each must be in it.
pub(crate) fn addressed(script: &str, parts: &[(&str, String)]) -> anyhow::Result<String> {
    let mut text = script.to_owned();
    for (name, address) in parts {
        let called = format!("\"./{name}.wasm\"");
        if !text.contains(&called) {
            bail!("the script that loads the parts never says {called}");
        }
        text = text.replace(&called, &format!("\"{address}\""));
    }
    // A part that nothing serves would only be missed by whoever opens its screen.
    if let Some(at) = text.find("new URL(\"./") {
        let rest: String = text[at..].chars().take(60).collect();
        bail!("the script loads a part that was not made: {rest}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOADS: &str = "import { initSync } from \"./main.js\";\n\n\
        const shared = () => initSync(undefined, undefined);\n\
        const __chunk_1 = make(new URL(\"./chunk_1.wasm\", import.meta.url));\n\
        export const __wasm_split_load_book = wrap(new URL(\"./split_book.wasm\", import.meta.url));\n";
    const SCRIPT: &str = "import * as import1 from \"./parts.js\"\n\
        function initSync(module) {}\n\
        const imports = () => ({ \"./parts.js\": import1 });\n\
        export { initSync, start as default };\n";

    #[test]
    fn two_scripts_that_import_each_other_become_one() {
        let text = joined(SCRIPT, LOADS).unwrap();
        assert_eq!(
            text,
            "function initSync(module) {}\n\
             const imports = () => ({ \"./parts.js\": import1 });\n\
             export { initSync, start as default };\n\n\n\
             const shared = () => initSync(undefined, undefined);\n\
             const __chunk_1 = make(new URL(\"./chunk_1.wasm\", import.meta.url));\n\
             const __wasm_split_load_book = wrap(new URL(\"./split_book.wasm\", import.meta.url));\n\
             const import1 = { __wasm_split_load_book };\n"
        );
    }

    #[test]
    fn without_parts_a_script_stays_as_it_is() {
        let loads = "import { initSync } from \"./main.js\";\nlet shared;\n";
        assert_eq!(joined("start();\n", loads).unwrap(), "start();\n");
    }

    #[test]
    fn a_script_in_another_form_is_refused() {
        let no_import = SCRIPT.replace("import * as import1 from", "export * from");
        assert!(joined(&no_import, LOADS).is_err());
        assert!(joined(&SCRIPT.replace("initSync", "start"), LOADS).is_err());
        assert!(joined(SCRIPT, &LOADS.replace("./main.js", "./other.js")).is_err());
    }

    #[test]
    fn each_part_gets_its_address_and_none_is_forgotten() {
        let parts = [
            ("chunk_1", "/assets/a-1.wasm".to_owned()),
            ("split_book", "/assets/b-2.wasm".to_owned()),
        ];
        let text = addressed(LOADS, &parts).unwrap();
        assert!(text.contains("new URL(\"/assets/a-1.wasm\", import.meta.url)"));
        assert!(text.contains("new URL(\"/assets/b-2.wasm\", import.meta.url)"));
        assert!(addressed(LOADS, &parts[..1]).is_err());
        assert!(addressed("start();", &parts).is_err());
    }
}
