//! The pages behind a link to enrol: forms without a script, in both languages. Opening the link
//! changes nothing: something that looks at links before people do must not use them.

use super::enrol::{self, Enrolled};
use crate::Identity;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use contract_identity::{Enrolment, FinishEnrolment, IdentityFault};
use kernel::{Failure, Fault, Lang};
use platform::http::{Caller, escaped, page};
use serde::Deserialize;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

struct Words {
    title: &'static str,
    welcome: &'static str,
    begin: &'static str,
    add: &'static str,
    open: &'static str,
    new_password: &'static str,
    again: &'static str,
    hint: &'static str,
    password: &'static str,
    code: &'static str,
    save: &'static str,
    differ: &'static str,
    done: &'static str,
    keep: &'static str,
    sign_in: &'static str,
    broken: &'static str,
}

const ARABIC: Words = Words {
    title: "حسابك في خدمة",
    welcome: "تحتاج إلى تطبيق لرموز الدخول على جوالك. الرابط لك وحدك ويُستعمل مرة واحدة.",
    begin: "ابدأ",
    add: "أضف هذا المفتاح إلى تطبيق الرموز:",
    open: "افتحه في التطبيق على هذا الجهاز",
    new_password: "كلمة مرور جديدة",
    again: "مرة أخرى",
    hint: "12 حرفًا على الأقل، من أي نوع.",
    password: "كلمة مرورك",
    code: "الرمز الذي يعرضه التطبيق",
    save: "احفظ",
    differ: "الكلمتان مختلفتان.",
    done: "كل شيء جاهز.",
    keep: "احفظ رموز الطوارئ هذه في مكان آمن؛ لا تُعرض مرة أخرى، وكل رمز يصلح مرة واحدة إن ضاع جوالك.",
    sign_in: "سجّل الدخول",
    broken: "لم ننجح الآن. جرّب مرة أخرى بعد قليل.",
};
const ENGLISH: Words = Words {
    title: "Your Khidma account",
    welcome: "You need an authenticator app on your telephone. This link is yours alone and works once.",
    begin: "Begin",
    add: "Add this key to your authenticator app:",
    open: "Open it in an app on this device",
    new_password: "New password",
    again: "Once more",
    hint: "At least 12 characters, of any kind.",
    password: "Your password",
    code: "The code that the app shows",
    save: "Save",
    differ: "The two are not the same.",
    done: "Everything is ready.",
    keep: "Keep these recovery codes in a safe place. They are not shown again; each works once if your telephone is lost.",
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
struct Link {
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
struct Filled {
    token: String,
    password: String,
    /// Absent where the password stays.
    again: Option<String>,
    code: String,
}

/// For whoever holds a link: pages for a browser, no operations of the API.
pub(crate) fn pages() -> OpenApiRouter<Arc<Identity>> {
    OpenApiRouter::new()
        .route("/enrol", get(welcome).post(begin))
        .route("/enrol/finish", post(finish))
}

async fn welcome(caller: Caller, Query(link): Query<Link>) -> Response {
    let words = words(caller.lang);
    let body = format!(
        "<p>{}</p><form method=\"post\" action=\"/enrol\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\"><button>{}</button></form>",
        words.welcome,
        escaped(&link.token),
        words.begin
    );
    page(caller.lang, words.title, StatusCode::OK, &body)
}

async fn begin(
    State(me): State<Arc<Identity>>,
    caller: Caller,
    Form(link): Form<Link>,
) -> Response {
    match enrol::begin(&me, me.p.now(), &link.token).await {
        Ok(enrolment) => ask(caller.lang, &link.token, &enrolment, None),
        Err(failure) => over(caller.lang, failure),
    }
}

async fn finish(
    State(me): State<Arc<Identity>>,
    caller: Caller,
    Form(filled): Form<Filled>,
) -> Response {
    let (now, lang) = (me.p.now(), caller.lang);
    let words = words(lang);
    let token = filled.token;
    let why = if filled.again.is_some_and(|again| again != filled.password) {
        words.differ.to_owned()
    } else {
        let command = FinishEnrolment {
            token: token.clone(),
            password: filled.password,
            code: filled.code,
        };
        match enrol::finish(&me, now, command).await {
            Ok(enrolled) => return ready(lang, &enrolled),
            Err(Failure::Refused(fault)) => fault.say(lang),
            Err(failure) => return over(lang, failure),
        }
    };
    // A form that was not right is shown again, with the secret that is in the app by now.
    match enrol::begun(&me, now, &token).await {
        Ok(enrolment) => ask(lang, &token, &enrolment, Some(&why)),
        Err(failure) => over(lang, failure),
    }
}

fn ask(lang: Lang, token: &str, enrolment: &Enrolment, why: Option<&str>) -> Response {
    let words = words(lang);
    let why = why.map_or_else(String::new, |why| {
        format!("<p role=\"alert\">{}</p>", escaped(why))
    });
    let letters: Vec<char> = enrolment.secret.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    let password = if enrolment.has_password {
        format!(
            "<label for=\"password\">{}</label><input id=\"password\" name=\"password\" \
             type=\"password\" autocomplete=\"current-password\" required>",
            words.password
        )
    } else {
        format!(
            "<label for=\"password\">{}</label><input id=\"password\" name=\"password\" \
             type=\"password\" minlength=\"12\" autocomplete=\"new-password\" \
             aria-describedby=\"hint\" required><p id=\"hint\">{}</p>\
             <label for=\"again\">{}</label><input id=\"again\" name=\"again\" type=\"password\" \
             autocomplete=\"new-password\" required>",
            words.new_password, words.hint, words.again
        )
    };
    let body = format!(
        "{why}<p>{}</p><p>{}</p><p dir=\"ltr\"><code>{}</code></p><p><a href=\"{}\">{}</a></p>\
         <form method=\"post\" action=\"/enrol/finish\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">{password}\
         <label for=\"code\">{}</label><input id=\"code\" name=\"code\" inputmode=\"numeric\" \
         autocomplete=\"one-time-code\" required><button>{}</button></form>",
        escaped(&enrolment.email),
        words.add,
        groups.join(" "),
        escaped(&enrolment.uri),
        words.open,
        escaped(token),
        words.code,
        words.save
    );
    page(lang, words.title, StatusCode::OK, &body)
}

fn ready(lang: Lang, enrolled: &Enrolled) -> Response {
    let words = words(lang);
    let codes: String = enrolled
        .codes
        .codes
        .iter()
        .map(|code| format!("<li><code>{}</code></li>", escaped(code)))
        .collect();
    let onwards = match enrolled.is_staff {
        true => format!("<p><a href=\"/admin/sign-in\">{}</a></p>", words.sign_in),
        false => String::new(),
    };
    let body = format!(
        "<p>{}</p><p>{}</p><ul dir=\"ltr\">{codes}</ul>{onwards}",
        words.done, words.keep
    );
    page(lang, words.title, StatusCode::OK, &body)
}

fn over(lang: Lang, failure: Failure<IdentityFault>) -> Response {
    let words = words(lang);
    let (status, why) = match failure {
        Failure::Refused(fault) => (StatusCode::OK, fault.say(lang)),
        Failure::Unavailable(_) | Failure::Internal(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, words.broken.to_owned())
        }
    };
    let body = format!("<p role=\"alert\">{}</p>", escaped(&why));
    page(lang, words.title, status, &body)
}
