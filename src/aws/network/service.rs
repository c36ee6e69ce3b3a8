//! Service names of endpoints. In: a VPC endpoint. Out: which of DynamoDB's services it is for, and whether such an
//! endpoint can exist. Source: Amazon VPC User Guide, "AWS services that integrate with AWS PrivateLink" and
//! "Gateway endpoints for Amazon DynamoDB".

use crate::{
    aws::{Project, defaults, spelling::Spelling, symbolic},
    model::Resource,
    value::{Pattern, Place, Truth, World},
};

/// DynamoDB's services; gateway endpoints exist for tables only.
const SERVICES: [(&str, Service); 4] = [
    ("dynamodb", Service::Tables),
    ("dynamodb-fips", Service::TablesFips),
    ("dynamodb-streams", Service::Streams),
    ("dynamodb-streams-fips", Service::Streams),
];

/// What an endpoint of DynamoDB is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Tables.
    Tables,
    /// Tables, through FIPS validated endpoints.
    TablesFips,
    /// Streams.
    Streams,
}

/// What is wrong with an endpoint that is meant for DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No service has this name.
    Name,
    /// The service of another region: its own, and that of the VPC.
    Region(String, String),
    /// A gateway endpoint for a service that has interface endpoints only.
    Type,
}

/// An endpoint that is meant for DynamoDB.
pub struct Meant {
    /// The service, when the name is right.
    pub service: Option<Service>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// Where the service name is written.
    pub place: Place,
}

/// What an endpoint is for; `None` when it has nothing to do with DynamoDB, or its service is not known.
pub fn meant<'a>(project: &'a Project, endpoint: &'a Resource, world: &'a World<'a>) -> Option<Meant> {
    let field = endpoint.get(world, "ServiceName");
    let spelling = Spelling::new(project, world);
    let name = spelling.field(&field)?;
    if !symbolic::contains(&name, &symbolic::literal("ynamo")).is_true() {
        return None;
    }
    let place = field.place().clone();
    let Some((service, region)) = parse(&name) else {
        return Some(Meant { service: None, faults: vec![Fault::Name], place });
    };
    let mut faults = Vec::new();
    let declared = endpoint.get(world, "ServiceRegion");
    let own = if declared.is_absent() { Some(spelling.region(endpoint)) } else { spelling.field(&declared) };
    if let (Some(named), Some(own)) = (region.literal(), own.and_then(|own| own.literal()))
        && named != own
    {
        faults.push(Fault::Region(named.to_string(), own.to_string()));
    }
    let gateway = defaults::is(&endpoint.kind, &endpoint.get(world, "VpcEndpointType"), "Gateway");
    if service != Service::Tables && gateway == Truth::True {
        faults.push(Fault::Type);
    }
    Some(Meant { service: Some(service), faults, place })
}

/// `com.amazonaws.REGION.SERVICE`, in China after `cn.`.
fn parse(name: &Pattern) -> Option<(Service, Pattern)> {
    let mut parts = symbolic::split(name, '.', usize::MAX);
    if parts.first().is_some_and(|part| part.literal().as_deref() == Some("cn")) {
        parts.remove(0);
    }
    let [com, amazonaws, region, service] = &parts[..] else { return None };
    let is = |part: &Pattern, text: &str| symbolic::equals(part, &symbolic::literal(text)).is_possible();
    if !is(com, "com") || !is(amazonaws, "amazonaws") {
        return None;
    }
    let service = service.literal()?;
    let (_, service) = SERVICES.iter().find(|(name, _)| **name == *service)?;
    Some((*service, region.clone()))
}
