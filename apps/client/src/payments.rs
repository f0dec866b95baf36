//! A card becomes a token at the payment gateway, straight from the browser: its number never
//! passes our server, and is not kept.

use crate::api::{Deadline, fetch};
use crate::trouble::Trouble;
use crate::{page::page, web};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

const LIMIT_MS: u32 = 20_000;

/// As the customer typed it, digits only; `year` with four digits.
#[derive(Clone, Serialize)]
pub struct Card {
    pub name: String,
    pub number: String,
    pub month: String,
    pub year: String,
    pub cvc: String,
}

#[derive(Serialize)]
struct Ask<'a> {
    #[serde(flatten)]
    card: &'a Card,
    save_only: bool,
}

#[derive(Deserialize)]
struct Token {
    id: String,
}

/// The gateway's refusals: which field, and why (in English; ours is said instead).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    errors: serde_json::Map<String, serde_json::Value>,
}

/// A token for `Pay { card_token }`. A refused card is `client.card_refused`, with the field.
pub async fn card_token(card: &Card) -> Result<String, Trouble> {
    let lang = page().lang;
    let deadline = Deadline::after(LIMIT_MS);
    match send(card, &deadline).await {
        Ok((true, text)) => serde_json::from_str::<Token>(&text)
            .map(|token| token.id)
            .map_err(|_| Trouble::nonsense(lang)),
        Ok((false, text)) => Err(refused(&text, lang)),
        Err(_) if deadline.passed() => Err(Trouble::slow(lang)),
        Err(_) => Err(Trouble::lost(lang)),
    }
}

fn refused(text: &str, lang: kernel::Lang) -> Trouble {
    let refusal: Refusal = serde_json::from_str(text).unwrap_or_default();
    let mut trouble = Trouble::card_refused(lang);
    trouble.field = refusal.errors.keys().next().cloned();
    trouble
}

async fn send(card: &Card, deadline: &Deadline) -> Result<(bool, String), JsValue> {
    let payments = &page().payments;
    let window = web::window().ok_or(JsValue::NULL)?;
    let basic = web::call(
        &window,
        "btoa",
        &[format!("{}:", payments.publishable_key).into()],
    )?;
    let headers = web_sys::Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    headers.set(
        "Authorization",
        &format!("Basic {}", basic.as_string().unwrap_or_default()),
    )?;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_headers(headers.unchecked_ref());
    init.set_signal(deadline.signal());
    let body = serde_json::to_string(&Ask {
        card,
        save_only: true,
    })
    .map_err(|_| JsValue::NULL)?;
    init.set_body(&body.as_str().into());
    let response = fetch(&payments.tokens_url, &init).await?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Lang;

    #[test]
    fn a_refused_card_names_its_field() {
        let t = refused(
            r#"{"type":"invalid_request_error","message":"Validation","errors":{"number":["is invalid"]}}"#,
            Lang::En,
        );
        assert_eq!(
            (t.code.as_str(), t.field.as_deref()),
            ("client.card_refused", Some("number"))
        );
        assert_eq!(refused("", Lang::En).field, None);
    }
}
