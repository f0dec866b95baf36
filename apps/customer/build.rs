fn main() {
    messages::build("messages");
    // The build of the web apps takes the parts that come later out of the linked program: for that
    // it must see what refers to what (ADR 21).
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
}
