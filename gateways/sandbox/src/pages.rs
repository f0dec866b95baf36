//! The sandbox's pages for people: its front page and the inbox.

use crate::control::InboxQuery;
use crate::faults::Gateway;
use crate::html::{both, escape, page};
use crate::{CARDS, Sandbox, lock};
use axum::extract::{Query, State};
use axum::response::Response;
use std::fmt::Write;

pub(crate) async fn index(State(sandbox): State<Sandbox>) -> Response {
    let mut body = format!(
        "<h1>{}</h1><p>{}</p>",
        both("البيئة التجريبية", "Sandbox"),
        both(
            "خوادم تقوم مقام بوابة الدفع والرسائل والعناوين. لا يصل شيء إلى الخارج.",
            "Servers that stand for the payment, message and address gateways. Nothing leaves."
        ),
    );
    let _ = write!(
        body,
        "<section><ul><li><a href=\"/sandbox/inbox\">{}</a></li><li><a href=\"/sandbox/idle\">{}</a></li><li><a href=\"/sandbox/faults\">{}</a></li></ul><p>{} <span class=\"number\">{}</span></p></section>",
        both("صندوق الرسائل النصية", "SMS inbox"),
        both("ما لم يُسلَّم بعد", "What is still pending"),
        both("الأعطال بصيغة JSON", "Faults as JSON"),
        both("السرعة", "Speed"),
        sandbox.0.clock.speed(),
    );
    let _ = write!(
        body,
        "<h2>{}</h2><section><table>",
        both("بطاقات الاختبار", "Test cards")
    );
    for card in CARDS {
        let _ = write!(
            body,
            "<tr><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
            card.number,
            card.company,
            both(card.label_ar, card.label_en)
        );
    }
    let _ = write!(
        body,
        "<tr><td>{}</td><td></td><td>{}</td></tr></table><p>{}</p></section><h2>{}</h2>",
        both("أي بطاقة أخرى", "Any other card"),
        both("تُرفض", "Fails"),
        both(
            "تاريخ الانتهاء أي شهر مقبل، والرمز أي ثلاثة أرقام.",
            "Any expiry in the future and any three-digit code."
        ),
        both("الأعطال", "Faults"),
    );
    let all = lock(&sandbox.0.faults).all.clone();
    for gateway in Gateway::ALL {
        let faults = all.of(gateway);
        let (ar, en) = match gateway {
            Gateway::Payments => ("الدفع", "Payments"),
            Gateway::Sms => ("الرسائل", "Messages"),
            Gateway::NationalAddress => ("العنوان الوطني", "National Address"),
            Gateway::Nominatim => ("نوميناتيم", "Nominatim"),
        };
        let number = |label_ar: &str, label_en: &str, name: &str, value: String, step: &str| {
            format!(
                "<label>{}<br><input type=\"number\" min=\"0\" step=\"{step}\" name=\"{name}\" value=\"{value}\"></label>",
                both(label_ar, label_en)
            )
        };
        let switch = |label_ar: &str, label_en: &str, name: &str, on: bool| {
            let checked = if on { " checked" } else { "" };
            format!(
                "<label><input type=\"checkbox\" name=\"{name}\"{checked}> {}</label>",
                both(label_ar, label_en)
            )
        };
        let _ = write!(
            body,
            "<form class=\"card\" method=\"post\" action=\"/sandbox/faults/form\"><strong>{}</strong><input type=\"hidden\" name=\"gateway\" value=\"{}\"><div class=\"row\">{}{}{}{}{}{}{}<button>{}</button></div></form>",
            both(ar, en),
            gateway.name(),
            number(
                "التأخير (مللي ثانية)",
                "Latency (ms)",
                "latency_ms",
                faults.latency_ms.to_string(),
                "1"
            ),
            number(
                "نسبة الأخطاء (0–1)",
                "Fail rate",
                "fail_rate",
                faults.fail_rate.to_string(),
                "any"
            ),
            number(
                "أخطاء 500 التالية",
                "Next 500s",
                "next_n_500",
                faults.next_n_500.to_string(),
                "1"
            ),
            number(
                "قطع الاتصال التالي",
                "Next drops",
                "drop_next_n",
                faults.drop_next_n.to_string(),
                "1"
            ),
            switch(
                "تكرار الإشعارات",
                "Duplicate webhooks",
                "duplicate_webhooks",
                faults.duplicate_webhooks
            ),
            switch(
                "خلط ترتيبها",
                "Reorder",
                "reorder_webhooks",
                faults.reorder_webhooks
            ),
            switch("إيقافها", "Off", "webhooks_off", faults.webhooks_off),
            both("حفظ", "Save"),
        );
    }
    page("البيئة التجريبية · Sandbox", None, false, &body)
}

pub(crate) async fn inbox(
    State(sandbox): State<Sandbox>,
    Query(query): Query<InboxQuery>,
) -> Response {
    let number = query.number();
    let messages = lock(&sandbox.0.inbox).newest(number.as_deref(), 100);
    let mut body = format!(
        "<h1>{}</h1><form class=\"card\"><div class=\"row\"><label>{}<br><input name=\"to\" dir=\"ltr\" inputmode=\"tel\" value=\"{}\"></label><button>{}</button></div></form>",
        both("صندوق الرسائل النصية", "SMS inbox"),
        both("رقم الجوال", "Mobile number"),
        escape(number.as_deref().unwrap_or_default()),
        both("عرض", "Show"),
    );
    if messages.is_empty() {
        let _ = write!(
            body,
            "<section><p>{}</p></section>",
            both("لا رسائل بعد", "No messages yet")
        );
    } else {
        let _ = write!(
            body,
            "<section><table class=\"messages\"><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr>",
            both("إلى", "To"),
            both("النص", "Text"),
            both("الوقت", "Time"),
            both("الحالة", "Status"),
        );
        for message in messages {
            let status = match message.status {
                "Delivered" => "سُلِّمت",
                "Undeliverable" => "تعذّر التسليم",
                _ => "في الانتظار",
            };
            let _ = write!(
                body,
                "<tr><td class=\"number\">{}</td><td dir=\"auto\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>",
                escape(&message.to),
                escape(&message.body),
                escape(&message.received_at),
                both(status, message.status),
            );
        }
        body.push_str("</table></section>");
    }
    page("صندوق الرسائل · SMS inbox", Some(3), false, &body)
}
