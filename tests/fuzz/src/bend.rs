//! JSON of another shape: bytes changed by chance mostly stop being JSON, and a reader's deeper parts
//! would never see them.

use proptest::sample::Index;
use serde_json::{Value, json};

/// Deeper than anything of ours, and not too deep for serde_json (128).
const DEEP: usize = 100;

/// One value of `bytes`, if they are JSON, becomes another.
pub(crate) fn bend(bytes: &[u8], at: &Index, how: &Index) -> Option<Vec<u8>> {
    let mut whole: Value = serde_json::from_slice(bytes).ok()?;
    let mut left = at.index(count(&whole));
    let chosen = nth(&mut whole, &mut left)?;
    *chosen = bent(chosen.take(), how);
    serde_json::to_vec(&whole).ok()
}

fn count(value: &Value) -> usize {
    let inside: usize = match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    };
    1 + inside
}

/// The value that `left` others come before.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, left)),
        _ => None,
    }
}

fn bent(old: Value, how: &Index) -> Value {
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(-0.0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("\u{0}"),
        json!("\u{202e}ء"),
        json!("x".repeat(2_000)),
        json!([]),
        json!({}),
        (0..DEEP).fold(json!([]), |inner, _| json!([inner])),
        json!([old]),
        json!([old, old]),
        json!({ "type": old, "id": old }),
        match &old {
            Value::String(text) => text.parse().map_or(json!(text.len()), |n: i64| json!(n)),
            other => json!(other.to_string()),
        },
        fewer(old.clone()),
        more(old),
    ];
    how.get(&others).clone()
}

/// Without its last part.
fn fewer(mut old: Value) -> Value {
    match &mut old {
        Value::Array(items) => {
            items.pop();
        }
        Value::Object(fields) => {
            if let Some(last) = fields.keys().next_back().cloned() {
                fields.remove(&last);
            }
        }
        Value::String(text) => {
            text.pop();
        }
        _ => {}
    }
    old
}

/// With a part more than it knows.
fn more(mut old: Value) -> Value {
    match &mut old {
        Value::Array(items) => items.extend_from_within(..),
        Value::Object(fields) => {
            fields.insert("unheard_of".to_owned(), json!([1]));
        }
        Value::String(text) => text.push('\u{0}'),
        _ => {}
    }
    old
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_document_can_be_chosen() {
        let mut document = json!({ "a": [1, { "b": 2 }], "c": 3 });
        let all = count(&document);
        assert_eq!(all, 6);
        let mut seen: Vec<String> = (0..all)
            .map(|at| nth(&mut document, &mut { at }).unwrap().to_string())
            .collect();
        seen.dedup();
        assert_eq!(seen.len(), all);
        assert!(nth(&mut document, &mut { all }).is_none());
    }
}
