//! Passkeys: the browser's part of WebAuthn, in its JSON forms (Level 3, 5.1.8 and 5.1.9). A browser
//! that lacks those has no passkeys for us.

use crate::page::page;
use crate::trouble::Trouble;
use crate::web;
use serde_json::Value;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const CLASS: &str = "PublicKeyCredential";
const PARSE_GET: &str = "parseRequestOptionsFromJSON";
const PARSE_CREATE: &str = "parseCreationOptionsFromJSON";

/// Whether this browser can be asked for one.
pub fn available() -> bool {
    let class = web::window().and_then(|window| web::get(&window, CLASS));
    class.is_some_and(|class| web::get(&class, PARSE_GET).is_some())
}

/// A key's answer to a challenge; its holder is asked by the browser.
pub async fn answer(options: &Value) -> Result<Value, Trouble> {
    ask("get", PARSE_GET, options).await
}

/// A new key, made where its holder says.
pub async fn make(options: &Value) -> Result<Value, Trouble> {
    ask("create", PARSE_CREATE, options).await
}

/// Its holder said no, took too long or has none here: browsers don't tell which.
async fn ask(method: &str, parse: &str, options: &Value) -> Result<Value, Trouble> {
    let asked = try_asking(method, parse, options).await;
    asked.ok_or_else(|| Trouble::no_passkey(page().lang))
}

async fn try_asking(method: &str, parse: &str, options: &Value) -> Option<Value> {
    let window = web::window()?;
    let options = js_sys::JSON::parse(&options.to_string()).ok()?;
    let options = web::call(&web::get(&window, CLASS)?, parse, &[options]).ok()?;
    let wish = js_sys::Object::new();
    js_sys::Reflect::set(&wish, &"publicKey".into(), &options).ok()?;
    let credentials = web::get(&window.navigator(), "credentials")?;
    let promise = web::call(&credentials, method, &[wish.into()]).ok()?;
    let credential = JsFuture::from(promise.dyn_into::<js_sys::Promise>().ok()?).await;
    let json: JsValue = web::call(&credential.ok()?, "toJSON", &[]).ok()?;
    let text = js_sys::JSON::stringify(&json).ok()?;
    serde_json::from_str(&String::from(text)).ok()
}
