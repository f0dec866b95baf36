//! `khidma zones import FILE.geojson`: real boundaries for the districts.

use crate::app::App;
use anyhow::Context;
use std::path::Path;

/// Imports and prints what was taken, what was skipped and why. The same file again changes
/// nothing.
pub async fn import(app: &App, file: &Path) -> anyhow::Result<String> {
    let location = app
        .location
        .as_ref()
        .context("the location module lives in another process")?;
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let mut tx = app.platform.db.begin().await?;
    let report = location
        .import_geojson(&mut tx, &bytes, app.platform.now())
        .await?;
    tx.commit().await?;
    Ok(serde_json::to_string_pretty(&report)?)
}
