//! Whether the calls of a workload in a VPC reach DynamoDB without leaving the network. In: subnets, route tables and
//! endpoints as plain data. Out: truth per subnet and endpoint.
//! Semantics: Amazon VPC User Guide, "Gateway endpoints for Amazon DynamoDB": a gateway endpoint serves the subnets
//! whose route table it is associated with; a subnet without association uses the main table of its VPC.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::{
    aws::symbolic::{self, Text, literal},
    value::{Pattern, Truth},
};

/// A VPC, subnet or route table: an id as text, or a name that stands for a resource of the project.
pub type Node = Arc<str>;

/// The route table that comes with a VPC.
pub fn default_table(vpc: &str) -> Node {
    format!("default:{vpc}").into()
}

/// The VPCs of a project.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// VPC of each subnet; a subnet that is not here is not known.
    pub subnets: FxHashMap<Node, Subnet>,
    /// Main route table of a VPC where it is not the one that came with it.
    pub main: FxHashMap<Node, Node>,
    /// The gateway and interface endpoints.
    pub endpoints: Vec<Endpoint>,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Its VPC; `None` when unknown.
    pub vpc: Option<Node>,
    /// Its explicit route table.
    pub table: Table,
}

/// The explicit route table of a subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Table {
    /// None: the main table of the VPC.
    Main,
    /// This one.
    Explicit(Node),
    /// Not known.
    Unknown,
}

/// Type of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointKind {
    /// Routes by prefix list.
    Gateway,
    /// A network interface with addresses of its own (`Interface`, `GatewayLoadBalancer`, …).
    Interface,
    /// Not known.
    Unknown,
}

/// A VPC endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// `com.amazonaws.REGION.dynamodb`.
    pub service: Text,
    /// Its VPC; `None` when unknown.
    pub vpc: Option<Node>,
    /// Its type.
    pub kind: EndpointKind,
    /// Route tables that lead to it; a `None` is one that is not known.
    pub tables: Vec<Option<Node>>,
    /// Whether calls are sure to use it although it is an interface endpoint.
    pub addressed: bool,
}

/// Whether a service name is that of DynamoDB's tables (`…​.dynamodb`, not `dynamodb-streams`).
pub fn is_dynamodb(service: &Pattern) -> Truth {
    symbolic::ends_with(service, &literal(".dynamodb"))
}

impl Network {
    /// The route table that decides for a subnet; `None` when it is not known.
    pub fn table_of(&self, subnet: &Subnet) -> Option<Node> {
        match &subnet.table {
            Table::Explicit(table) => Some(Arc::clone(table)),
            Table::Unknown => None,
            Table::Main => {
                let vpc = subnet.vpc.as_ref()?;
                Some(self.main.get(vpc).map_or_else(|| default_table(vpc), Arc::clone))
            }
        }
    }

    /// Whether calls to DynamoDB from the subnet go through the endpoint.
    pub fn routes(&self, endpoint: &Endpoint, subnet: &Subnet) -> Truth {
        let service = endpoint.service.as_ref().map_or(Truth::Unknown, is_dynamodb);
        let vpc = match (&endpoint.vpc, &subnet.vpc) {
            (Some(a), Some(b)) => Truth::from(a == b),
            _ => Truth::Unknown,
        };
        service.and(vpc).and(match endpoint.kind {
            EndpointKind::Gateway => self.leads(&endpoint.tables, subnet),
            EndpointKind::Interface if endpoint.addressed => Truth::True,
            // Only calls to the endpoint's own DNS name use it.
            EndpointKind::Interface | EndpointKind::Unknown => Truth::Unknown,
        })
    }

    fn leads(&self, tables: &[Option<Node>], subnet: &Subnet) -> Truth {
        let open = tables.contains(&None);
        match self.table_of(subnet) {
            _ if tables.is_empty() => Truth::False,
            None => Truth::Unknown,
            Some(table) if tables.iter().flatten().any(|found| *found == table) => Truth::True,
            Some(_) if open => Truth::Unknown,
            Some(_) => Truth::False,
        }
    }

    /// Whether calls to DynamoDB from the subnet stay in the network; unknown for a subnet that is not known.
    pub fn is_private(&self, subnet: &str) -> Truth {
        match self.subnets.get(subnet) {
            None => Truth::Unknown,
            Some(subnet) => Truth::any(self.endpoints.iter().map(|endpoint| self.routes(endpoint, subnet))),
        }
    }
}
