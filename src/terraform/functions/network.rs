//! Functions of IP networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dashu_int::UBig;

use crate::terraform::{
    cty::{Type, Val},
    functions::{
        FunctionError, Outcome, fail,
        signature::{
            Call, Function, Parameter, Returns,
            Want::{List, Number, String},
        },
    },
};

const PREFIX: Parameter = Parameter::new("prefix", String);
const TEXT: Returns = Returns::Always(String);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("cidrhost", &[PREFIX, Parameter::new("hostnum", Number)], TEXT, host),
    Function::new("cidrnetmask", &[PREFIX], TEXT, netmask),
    Function::new(
        "cidrsubnet",
        &[PREFIX, Parameter::new("newbits", Number), Parameter::new("netnum", Number)],
        TEXT,
        subnet,
    ),
    Function::new("cidrsubnets", &[PREFIX], Returns::Always(List(&String)), subnets)
        .rest(Parameter::new("newbits", Number)),
];

/// A network: the address without host bits.
#[derive(Clone, Copy)]
struct Network {
    address: u128,
    length: u32,
    /// 32 or 128.
    bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8`, in which octets may have leading zeros and are decimal all the same.
    fn parse(text: &str) -> Result<Self, FunctionError> {
        let wrong = || FunctionError::new(format!("invalid CIDR expression: invalid CIDR address: {text}"));
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        if length.is_empty() || length.len() > 3 || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let length: u32 = length.parse().map_err(|_| wrong())?;
        let (address, bits) = match parse_address(address).ok_or_else(wrong)? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        if length > bits {
            return Err(wrong());
        }
        Ok(Self { address: address & mask(length, bits), length, bits })
    }

    fn format(self, address: u128) -> std::string::String {
        if self.bits == 32 {
            return Ipv4Addr::from(u32::try_from(address).unwrap_or(u32::MAX)).to_string();
        }
        let address = Ipv6Addr::from(address);
        match address.to_ipv4_mapped() {
            Some(mapped) => mapped.to_string(),
            None => address.to_string(),
        }
    }

    fn text(self) -> std::string::String {
        format!("{}/{}", self.format(self.address), self.length)
    }

    /// The first address after the network; `None` past the last address of all.
    fn end(self) -> Option<u128> {
        let size = 1_u128.checked_shl(self.bits - self.length)?;
        let end = self.address.checked_add(size)?;
        (self.bits == 128 || end <= u128::from(u32::MAX)).then_some(end)
    }
}

fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        // An embedded IPv4 address may have leading zeros too.
        let (head, tail) = text.rsplit_once(':')?;
        if tail.contains('.') {
            let tail = parse_v4(tail)?;
            return format!("{head}:{tail}").parse::<Ipv6Addr>().ok().map(IpAddr::V6);
        }
        return text.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    parse_v4(text).map(IpAddr::V4)
}

fn parse_v4(text: &str) -> Option<Ipv4Addr> {
    let octet = |part: &str| {
        let fits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if fits {
            part.trim_start_matches('0')
                .parse::<u8>()
                .ok()
                .or_else(|| part.bytes().all(|byte| byte == b'0').then_some(0))
        } else {
            None
        }
    };
    let octets: Vec<u8> = text.split('.').map(octet).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(octets).ok().map(Ipv4Addr::from)
}

fn all(bits: u32) -> u128 {
    if bits == 32 { u128::from(u32::MAX) } else { u128::MAX }
}

fn mask(length: u32, bits: u32) -> u128 {
    let host = 1_u128.checked_shl(bits - length).map_or(u128::MAX, |size| size - 1);
    all(bits) & !host
}

/// A whole number argument of any size: its sign and magnitude.
fn big(call: &Call<'_>, index: usize) -> Result<(bool, UBig), FunctionError> {
    let number = call.number(index);
    let magnitude = number.magnitude().ok_or_else(|| FunctionError::argument(index, "a whole number is required"))?;
    Ok((number.is_negative(), magnitude))
}

fn host(call: &Call<'_>) -> Outcome {
    let (negative, number) = big(call, 1)?;
    let network = Network::parse(call.text(0))?;
    let size = UBig::ONE << (network.bits - network.length) as usize;
    let too_large =
        || FunctionError::new(format!("prefix of {} does not accommodate that host number", network.length));
    // A negative number counts from the end.
    let host = if negative {
        if number > size {
            return Err(too_large());
        }
        size - number
    } else {
        // Terraform checks the low 64 bits alone, as a signed number.
        let low = low_bits(&number);
        if i64::try_from(low).is_ok() && UBig::from(low) >= size {
            return Err(too_large());
        }
        number
    };
    let host = u128::try_from(host).ok().filter(|host| network.bits == 128 || *host <= u128::from(u32::MAX));
    Ok(network.format(network.address | host.ok_or_else(too_large)?).into())
}

/// The number modulo 2⁶⁴.
fn low_bits(number: &UBig) -> u64 {
    u64::try_from(number & UBig::from(u64::MAX)).unwrap_or(0)
}

fn netmask(call: &Call<'_>) -> Outcome {
    let network = Network::parse(call.text(0))?;
    if network.bits != 32 {
        return fail(format!("IPv6 addresses cannot have a netmask: {}", call.text(0)));
    }
    Ok(network.format(mask(network.length, 32)).into())
}

fn subnet(call: &Call<'_>) -> Outcome {
    let new_bits = call.integer(1)?;
    let (negative, number) = big(call, 2)?;
    let network = Network::parse(call.text(0))?;
    let length = i64::from(network.length).saturating_add(new_bits);
    let Some(length) = u32::try_from(length).ok().filter(|length| *length <= network.bits) else {
        return fail(format!("insufficient address space to extend prefix of {} by {new_bits}", network.length));
    };
    // Terraform checks the low 64 bits alone, and does not check an extension that is negative or longer.
    let room = u32::try_from(new_bits).ok().and_then(|bits| 1_u64.checked_shl(bits));
    if negative || room.is_some_and(|room| low_bits(&number) >= room) {
        return fail(format!("prefix extension of {new_bits} does not accommodate a subnet numbered {number}"));
    }
    let shifted = number << (network.bits - length) as usize;
    match u128::try_from(shifted).ok().filter(|shifted| network.bits == 128 || *shifted <= u128::from(u32::MAX)) {
        Some(shifted) => Ok(Network { address: network.address | shifted, length, ..network }.text().into()),
        None => fail("subnet number too large"),
    }
}

fn subnets(call: &Call<'_>) -> Outcome {
    let network = Network::parse(call.text(0))?;
    let mut next = Some(network.address);
    let mut result = Vec::new();
    for index in 1..call.args.len() {
        let extension = call.integer(index)?;
        let Some(extension) = u32::try_from(extension).ok().filter(|bits| (1..=32).contains(bits)) else {
            return Err(FunctionError::argument(index, "must extend prefix by at least one bit and at most 32"));
        };
        let length = network.length + extension;
        if length > network.bits {
            return Err(FunctionError::argument(
                index,
                format!("would extend prefix to {length} bits, which is too long"),
            ));
        }
        let full = || {
            FunctionError::argument(
                index,
                format!("not enough remaining address space for a subnet with a prefix of {length} bits"),
            )
        };
        // The next address that is aligned to the size of the new network. Terraform counts on from the address
        // before the first one, so that a network that starts at zero has no subnets.
        let host = all(network.bits) ^ mask(length, network.bits);
        let start = next.and_then(|next| next.checked_add(host)).ok_or_else(full)? & !host;
        let subnet = Network { address: start, length, ..network };
        if start == 0 || start & mask(network.length, network.bits) != network.address {
            return Err(full());
        }
        next = subnet.end();
        result.push(Val::from(subnet.text()));
    }
    Ok(Val::list(Type::String, result))
}
