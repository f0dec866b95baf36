//! Typed ids: a UUIDv7 inside (sorted by creation), a prefix outside (`bkg_0197…`), so that
//! an id of one kind can never be taken for another, in code or in a support ticket.

#[derive(Debug, thiserror::Error)]
#[error("not an id of the form {0}_<32 hex digits>")]
pub struct NotAnId(pub &'static str);

#[cfg(feature = "server")]
macro_rules! string_schema {
    ($name:ident, $description:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::schema::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($description))
                    .into()
            }
        }
        impl utoipa::ToSchema for $name {}
    };
}
#[cfg(feature = "server")]
pub(crate) use string_schema;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(uuid::Uuid);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            /// A new id that sorts after every id made before it in this process.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }
            /// The bare value, for SQL parameters.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}_{}", $prefix, self.0.simple())
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| uuid::Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or(NotAnId($prefix))
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        #[cfg(feature = "server")]
        const _: () = {
            use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, Postgres};
            use sqlx::{Decode, Encode, Type, encode::IsNull, error::BoxDynError};
            use uuid::Uuid;

            impl Type<Postgres> for $name {
                fn type_info() -> PgTypeInfo {
                    <Uuid as Type<Postgres>>::type_info()
                }
            }
            impl PgHasArrayType for $name {
                fn array_type_info() -> PgTypeInfo {
                    <Uuid as PgHasArrayType>::array_type_info()
                }
            }
            impl Encode<'_, Postgres> for $name {
                fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                    <Uuid as Encode<Postgres>>::encode_by_ref(&self.0, buf)
                }
            }
            impl<'r> Decode<'r, Postgres> for $name {
                fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                    Ok(Self(<Uuid as Decode<Postgres>>::decode(value)?))
                }
            }
            string_schema!($name, concat!("`", $prefix, "_` and 32 hex digits"));
        };
    )*};
}

ids! {
    /// A person who signs in: customer, technician, vendor owner, staff or
    /// member of a corporate account.
    UserId = "usr";
    SessionId = "ses";
    /// A passkey, of whoever signs in with a password.
    PasskeyId = "pky";
    VendorId = "vnd";
    TechnicianId = "tch";
    QuoteId = "qte";
    BookingId = "bkg";
    /// One visit under a booking.
    JobId = "job";
    ExtraCostId = "ext";
    UploadId = "upl";
    OfferId = "off";
    /// An SLA clock.
    ClockId = "clk";
    AlarmId = "alm";
    /// Money reserved on a card.
    HoldId = "hld";
    /// A journal entry of the ledger.
    EntryId = "ent";
    PayoutBatchId = "pbt";
    PayoutId = "pyt";
    /// A card kept at the gateway for the next booking.
    CardId = "crd";
    /// A place a customer comes back to: home, the parents' house.
    SavedPlaceId = "plc";
    MessageId = "msg";
    EventId = "evt";
    /// Somebody wants their data: to have it, to correct it, to have it erased.
    PrivacyRequestId = "prv";
    /// A vendor wants its money in another bank account.
    BankAccountChangeId = "bac";
    /// A company that books for itself.
    CorporateAccountId = "cor";
    /// A branch of a company.
    BranchId = "brn";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_and_refuses_another_kind() {
        let id = BookingId::new();
        assert_eq!(id.to_string().parse::<BookingId>().unwrap(), id);
        assert!(id.to_string().starts_with("bkg_"));
        assert!(id.to_string().parse::<JobId>().is_err());
        assert!("bkg_zz".parse::<BookingId>().is_err());
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<BookingId>(&json).unwrap(), id);
    }

    #[test]
    fn ids_sort_by_creation() {
        let ids: Vec<_> = (0..1000).map(|_| JobId::new()).collect();
        assert!(ids.is_sorted());
    }
}
