use std::net::IpAddr;

/// Whose address it is: who has one IPv6 address has the 2^64 of its network, so that is the subject.
pub(crate) fn network(address: IpAddr) -> [u8; 16] {
    let bits = match address.to_canonical() {
        IpAddr::V4(v4) => return v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.to_bits(),
    };
    (bits & (u128::MAX << 64)).to_be_bytes()
}
