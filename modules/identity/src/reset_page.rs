//! The page behind a link to a new password: a form without a script, in both languages.

use crate::{Identity, reset};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use contract_identity::{IdentityFault, UseReset};
use kernel::{Failure, Fault, Lang};
use platform::http::{Caller, escaped, page};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

struct Words {
    title: &'static str,
    password: &'static str,
    again: &'static str,
    hint: &'static str,
    save: &'static str,
    differ: &'static str,
    done: &'static str,
    sign_in: &'static str,
    broken: &'static str,
}

const ARABIC: Words = Words {
    title: "كلمة مرور جديدة",
    password: "كلمة المرور الجديدة",
    again: "مرة أخرى",
    hint: "12 حرفًا على الأقل، من أي نوع.",
    save: "احفظ",
    differ: "الكلمتان مختلفتان.",
    done: "كلمة مرورك الجديدة محفوظة، وكل جلساتك السابقة انتهت.",
    sign_in: "سجّل الدخول",
    broken: "لم ننجح الآن. جرّب مرة أخرى بعد قليل.",
};
const ENGLISH: Words = Words {
    title: "A new password",
    password: "New password",
    again: "Once more",
    hint: "At least 12 characters, of any kind.",
    save: "Save",
    differ: "The two are not the same.",
    done: "Your new password is saved, and all your earlier sessions have ended.",
    sign_in: "Sign in",
    broken: "That did not work. Try again in a moment.",
};

fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::Ar => &ARABIC,
        Lang::En => &ENGLISH,
    }
}

#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
pub(crate) struct Filled {
    token: String,
    password: String,
    again: String,
}

/// For whoever holds a link: pages for a browser, no operations of the API.
pub(crate) fn pages() -> OpenApiRouter<Arc<Identity>> {
    OpenApiRouter::new().route("/reset", get(form).post(submit))
}

async fn form(caller: Caller, Query(link): Query<Link>) -> Response {
    let body = ask(caller.lang, &link.token, None);
    page(caller.lang, words(caller.lang).title, StatusCode::OK, &body)
}

async fn submit(
    State(me): State<Arc<Identity>>,
    caller: Caller,
    Form(filled): Form<Filled>,
) -> Response {
    let lang = caller.lang;
    let words = words(lang);
    let token = filled.token;
    // A form that was not right is shown again, which is no error of the page.
    let again = |status: StatusCode, why: &str| {
        page(lang, words.title, status, &ask(lang, &token, Some(why)))
    };
    if filled.password != filled.again {
        return again(StatusCode::OK, words.differ);
    }
    let command = UseReset {
        token: token.clone(),
        password: filled.password,
    };
    match reset::redeem(&me, me.p.now(), command).await {
        Ok(_) => {
            let body = format!(
                "<p>{}</p><p><a href=\"/admin/sign-in\">{}</a></p>",
                words.done, words.sign_in
            );
            page(lang, words.title, StatusCode::OK, &body)
        }
        Err(Failure::Refused(fault @ IdentityFault::BadReset)) => {
            let body = format!("<p role=\"alert\">{}</p>", fault.say(lang));
            page(lang, words.title, StatusCode::OK, &body)
        }
        Err(Failure::Refused(fault)) => again(StatusCode::OK, &fault.say(lang)),
        Err(Failure::Unavailable(_) | Failure::Internal(_)) => {
            again(StatusCode::SERVICE_UNAVAILABLE, words.broken)
        }
    }
}

fn ask(lang: Lang, token: &str, why: Option<&str>) -> String {
    let words = words(lang);
    let why = why.map_or_else(String::new, |why| {
        format!("<p role=\"alert\">{}</p>", escaped(why))
    });
    format!(
        "{why}<form method=\"post\" action=\"/reset\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">\
         <label for=\"password\">{}</label>\
         <input id=\"password\" name=\"password\" type=\"password\" minlength=\"12\" \
         autocomplete=\"new-password\" aria-describedby=\"hint\" required>\
         <p id=\"hint\">{}</p>\
         <label for=\"again\">{}</label>\
         <input id=\"again\" name=\"again\" type=\"password\" autocomplete=\"new-password\" required>\
         <button>{}</button></form>",
        escaped(token),
        words.password,
        words.hint,
        words.again,
        words.save
    )
}
