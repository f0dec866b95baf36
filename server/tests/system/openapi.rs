//! The description of the API: a change to it is seen in review.

use serde_json::Value;
use server::app::{self, Placement};
use server::config::{Config, Source};

pub async fn document() -> Value {
    let config = Config::load(&Source::default(), &[]).unwrap();
    let platform = app::disconnected(&config).unwrap();
    let app = app::build(&config, platform, Placement::All).await.unwrap();
    serde_json::to_value(&app.openapi).unwrap()
}

#[tokio::test]
async fn the_description_of_the_api_is_as_reviewed() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let name = format!("{} {path}", method.to_uppercase());
            assert!(operation["summary"].is_string(), "{name} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses.contains_key("429") && !responses.contains_key("default"),
                "{name} does not say how it refuses"
            );
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let in_path =
                    path.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap()));
                assert_eq!(parameter["in"] == "path", in_path, "{name}: {parameter}");
            }
            operations.push(name);
        }
    }
    let schemas: Vec<&String> = document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_json_snapshot!("operations", operations);
        insta::assert_json_snapshot!("schemas", schemas);
        insta::assert_json_snapshot!("openapi", document);
    });
}
