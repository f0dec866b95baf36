use serde::{Serialize, de::DeserializeOwned};

/// Something that happened in one module and that others may listen to.
///
/// `NAME` is `<module>.<past tense>`, stable for ever: rows in the queue carry it.
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    const NAME: &'static str;
}
