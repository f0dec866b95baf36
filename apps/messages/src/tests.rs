use super::*;

fn made(ar: &str, en: &str) -> Result<String, Vec<String>> {
    generate(("ar.ftl", ar), ("en.ftl", en), "crate::i18n")
}

fn code(ar: &str, en: &str) -> String {
    made(ar, en).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

fn mistakes(ar: &str, en: &str) -> Vec<String> {
    made(ar, en).expect_err("this must not build")
}

const SIX: &str = "minutes = { $n ->
    [zero] الآن
    [one] دقيقة
    [two] دقيقتان
    [few] { $n } دقائق
    [many] { $n } دقيقة
   *[other] { $n } دقيقة
 }
";
const TWO: &str = "minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
 }
";

#[test]
fn words_without_arguments_are_static() {
    let code = code("bookings = حجوزاتي\n", "bookings = My bookings\n");
    assert!(code.contains("pub fn bookings() -> &'static str"), "{code}");
    assert!(code.contains("\"حجوزاتي\"") && code.contains("\"My bookings\""));
}

#[test]
fn arguments_come_in_the_order_of_the_arabic() {
    let code = code(
        "paid = دفع { $who } مبلغ { $amount }\n",
        "paid = { $amount } was paid by { $who }\n",
    );
    assert!(
        code.contains(
            "pub fn paid(r#who: impl ::core::fmt::Display, r#amount: impl ::core::fmt::Display)"
        ),
        "{code}"
    );
}

#[test]
fn all_six_arabic_forms_are_told_apart() {
    let code = code(SIX, TWO);
    assert!(code.contains("pub fn minutes(r#n: i64)"), "{code}");
    for form in ["Zero", "One", "Two", "Few", "Many"] {
        assert!(
            code.contains(&format!("(_, crate::i18n::Plural::{form}) =>")),
            "{form} in {code}"
        );
    }
    assert!(code.contains("دقيقتان"));
}

#[test]
fn exact_numbers_come_before_forms() {
    let code = code(
        SIX,
        "minutes = { $n ->\n    [0] now\n    [one] a minute\n   *[other] { $n } minutes\n }\n",
    );
    let zero = code.find("(0, _) =>").expect("exact arm");
    let one = code.rfind("Plural::One").expect("plural arm");
    assert!(zero < one, "{code}");
}

#[test]
fn a_word_can_be_chosen_by() {
    let text = "held = { $how ->\n    [card] A\n   *[wallet] B\n }\n";
    let code = code(text, text);
    assert!(
        code.contains("pub fn held(r#how: &str)") && code.contains("\"card\" =>"),
        "{code}"
    );
}

#[test]
fn terms_and_messages_are_quoted_in_place() {
    let code = code(
        "-brand = خدمة\nhello = أهلًا\nwelcome = { hello } في { -brand }{\"\"}\n",
        "-brand = Khidma\nhello = Welcome\nwelcome = { hello } to { -brand }\n",
    );
    assert!(
        code.contains("\"أهلًا في خدمة\"") && code.contains("\"Welcome to Khidma\""),
        "{code}"
    );
}

#[test]
fn rust_words_can_be_keys() {
    let code = code("continue = تابع\n", "continue = Continue\n");
    assert!(code.contains("pub fn r#continue()"), "{code}");
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let english_few = "minutes = { $n ->\n    [one] a\n    [few] b\n   *[other] c\n }\n";
    for (ar, en, expected) in [
        (
            "a = أ\n\nb = ب\n",
            "a = A\n",
            "ar.ftl:3: “b” is missing in en.ftl",
        ),
        (
            "a = أ\n",
            "a = A\nb = B\n",
            "en.ftl:2: “b” is missing in ar.ftl",
        ),
        (
            "a = { $x }\n",
            "a = A\n",
            "ar.ftl:1: “a” names $x; en.ftl:1 does not",
        ),
        (
            "a = أ\n",
            "a = { $y }\n",
            "en.ftl:1: “a” names $y; ar.ftl:1 does not",
        ),
        ("a = أ\na = ب\n", "a = A\n", "ar.ftl:2: “a” is there twice"),
        (
            "a = أ\n    .title = ب\n",
            "a = A\n",
            "ar.ftl:1: “a” has attributes; make each a message of its own",
        ),
        (
            "a = { b }\nb = { a }\n",
            "a = A\nb = B\n",
            "ar.ftl:1: “a”: quotes itself",
        ),
        (
            "a = { -x }\n",
            "a = A\n",
            "ar.ftl:1: “a”: quotes “-x”, which is not there",
        ),
        (
            "a = { NUMBER($n) }\n",
            "a = A\n",
            "ar.ftl:1: “a”: NUMBER() is not supported: hand the formatted value in",
        ),
        (
            "payNow = أ\n",
            "payNow = A\n",
            "ar.ftl:1: “payNow”: names are lower case, parts joined by “-”",
        ),
        (
            TWO,
            TWO,
            "ar.ftl:1: “minutes”: Arabic counts $n in more forms: add [two], [few], [many]",
        ),
        (
            SIX,
            english_few,
            "en.ftl:1: “minutes”: English has no plural form Few for $n; an exact number such as [0] works",
        ),
    ] {
        let told = mistakes(ar, en);
        assert!(told.iter().any(|m| m == expected), "{expected}\n{told:?}");
    }
}

#[test]
fn broken_syntax_is_told_with_its_line() {
    let told = mistakes("a = أ\n\nb { $x\n", "a = A\n");
    assert!(told[0].starts_with("ar.ftl:3:"), "{told:?}");
}

#[test]
fn counted_and_chosen_do_not_mix() {
    let chosen = "minutes = { $n ->\n    [card] { $n }\n   *[cash] { $n }\n }\n";
    let told = mistakes(SIX, chosen);
    assert!(told[0].contains("counts $n in one language"), "{told:?}");
}

#[test]
fn counted_in_one_language_shown_in_the_other_is_counted() {
    let code = code(SIX, "minutes = { $n } min\n");
    assert!(code.contains("r#n: i64"), "{code}");
    assert!(
        code.matches("crate::i18n::count(r#n)").count() >= 3,
        "{code}"
    );
}
