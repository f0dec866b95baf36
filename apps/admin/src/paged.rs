//! Addresses of lists: what narrows them, and the page one is on.

/// `path` with those of the parts that are there.
pub fn address(path: &str, parts: &[(&str, Option<&str>)]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")))
        .collect();
    match parts.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", parts.join("&")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_named() {
        let of = |state, cursor| address("/list", &[("state", state), ("cursor", cursor)]);
        assert_eq!(of(None, None), "/list");
        assert_eq!(of(None, Some("c1")), "/list?cursor=c1");
        assert_eq!(of(Some("open"), Some("c1")), "/list?state=open&cursor=c1");
    }
}
