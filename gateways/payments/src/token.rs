/// A card that the gateway keeps for a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardToken {
    pub status: CardTokenStatus,
    /// The card's scheme: `mada`, `visa`, `master`, `amex`.
    pub brand: String,
    pub last_four: String,
    pub expiry_month: u8,
    pub expiry_year: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardTokenStatus {
    /// Not verified yet: the customer has not passed the challenge.
    Initiated,
    Active,
    Inactive,
    Expired,
    Other(String),
}

impl CardTokenStatus {
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "initiated" => Self::Initiated,
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            "expired" => Self::Expired,
            other => Self::Other(other.to_owned()),
        }
    }
}
