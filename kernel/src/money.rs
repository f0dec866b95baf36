use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// Saudi VAT, 15 % (1 basis point = 0.01 %).
pub const VAT_BASIS_POINTS: u32 = 1500;

/// The fixed fee on every booking, VAT inside (DOMAIN §2 step 4): 30 SAR.
pub const PLATFORM_FEE: Money = Money::from_halalas(3000);

/// An amount of Saudi riyals in integer halalas (SAR/100). May be negative (a deduction).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);

    pub const fn from_halalas(halalas: i64) -> Self {
        Self(halalas)
    }
    pub const fn from_riyals(riyals: i64) -> Self {
        Self(riyals * 100)
    }
    pub const fn halalas(self) -> i64 {
        self.0
    }
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
    pub const fn times(self, quantity: u32) -> Self {
        Self(self.0 * quantity as i64)
    }

    /// `basis_points` / 10 000 of the amount, half away from zero.
    pub const fn share(self, basis_points: u32) -> Self {
        Self(div_round(self.0 as i128 * basis_points as i128, 10_000))
    }

    /// The VAT contained in an amount that includes it: `amount × rate / (1 + rate)`,
    /// half away from zero.
    pub const fn vat_inside(self, basis_points: u32) -> Self {
        Self(div_round(
            self.0 as i128 * basis_points as i128,
            10_000 + basis_points as i128,
        ))
    }

    /// Splits the amount in proportion to `weights` by largest remainder: the parts always
    /// sum to the whole, and equal remainders go to the earlier part. All-zero weights give
    /// everything to the first part.
    pub fn split(self, weights: &[u64]) -> Vec<Self> {
        let total: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        if weights.is_empty() {
            return Vec::new();
        }
        if total == 0 {
            let mut parts = vec![Self::ZERO; weights.len()];
            parts[0] = self;
            return parts;
        }
        let sign = if self.0 < 0 { -1 } else { 1 };
        let amount = i128::from(self.0.unsigned_abs());
        let mut parts: Vec<i64> = Vec::with_capacity(weights.len());
        let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(weights.len());
        for (index, weight) in weights.iter().enumerate() {
            let exact = amount * i128::from(*weight);
            parts.push((exact / total) as i64);
            remainders.push((exact % total, index));
        }
        let given: i64 = parts.iter().sum();
        let left = (amount as i64 - given) as usize;
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, index) in remainders.into_iter().take(left) {
            parts[index] += 1;
        }
        parts.into_iter().map(|part| Self(part * sign)).collect()
    }
}

const fn div_round(numerator: i128, denominator: i128) -> i64 {
    let half = denominator / 2;
    let rounded = if numerator >= 0 {
        (numerator + half) / denominator
    } else {
        (numerator - half) / denominator
    };
    rounded as i64
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}
impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// Two decimals, thousands separated, a true minus: `1,242.05`, `−3.00`. No unit.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0.unsigned_abs();
        let riyals = (value / 100).to_string();
        if self.0 < 0 {
            f.write_str("−")?;
        }
        for (index, digit) in riyals.chars().enumerate() {
            if index > 0 && (riyals.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", value % 100)
    }
}
impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SAR {self}")
    }
}

#[cfg(feature = "server")]
mod server {
    use super::Money;
    use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef, Postgres};
    use sqlx::{Decode, Encode, Type, encode::IsNull, error::BoxDynError};

    impl Type<Postgres> for Money {
        fn type_info() -> PgTypeInfo {
            <i64 as Type<Postgres>>::type_info()
        }
    }
    impl PgHasArrayType for Money {
        fn array_type_info() -> PgTypeInfo {
            <i64 as PgHasArrayType>::array_type_info()
        }
    }
    impl Encode<'_, Postgres> for Money {
        fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
            <i64 as Encode<Postgres>>::encode_by_ref(&self.0, buf)
        }
    }
    impl<'r> Decode<'r, Postgres> for Money {
        fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
            Ok(Self(<i64 as Decode<Postgres>>::decode(value)?))
        }
    }
    impl utoipa::PartialSchema for Money {
        fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
            use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                .description(Some("Integer halalas: SAR 12.50 is 1250"))
                .into()
        }
    }
    impl utoipa::ToSchema for Money {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn vat_and_shares_of_known_amounts() {
        for (amount, vat) in [(11500, 1500), (3000, 391), (100, 13), (1, 0), (0, 0)] {
            assert_eq!(
                Money(amount).vat_inside(VAT_BASIS_POINTS),
                Money(vat),
                "{amount}"
            );
        }
        assert_eq!(Money(15000).share(1500), Money(2250));
        assert_eq!(Money(3).share(5000), Money(2));
        assert_eq!(Money(-3).share(5000), Money(-2));
    }

    #[test]
    fn money_reads_as_people_write_it() {
        assert_eq!(Money(124_205).to_string(), "1,242.05");
        assert_eq!(Money(-300).to_string(), "−3.00");
        assert_eq!(Money(100_000_000).to_string(), "1,000,000.00");
    }

    proptest! {
        #[test]
        fn a_split_never_loses_a_halala(amount in -1_000_000_000_i64..1_000_000_000, weights in prop::collection::vec(0_u64..100_000, 1..9)) {
            let parts = Money(amount).split(&weights);
            prop_assert_eq!(parts.iter().copied().sum::<Money>(), Money(amount));
            let total: u64 = weights.iter().sum();
            if total > 0 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = amount as f64 * *weight as f64 / total as f64;
                    prop_assert!((part.0 as f64 - exact).abs() < 1.0 + 1e-6);
                }
            }
        }
    }
}
