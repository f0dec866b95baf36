//! What is true whatever the stores say: pure functions of their arguments.

pub(crate) mod boundaries;
#[cfg(test)]
mod fuzz;
pub(crate) mod matching;
pub(crate) mod names;
pub(crate) mod near;
pub(crate) mod position;
pub(crate) mod remarks;
pub(crate) mod tiling;
pub(crate) mod travel;
