//! The VPCs of a project, as far as one subnet needs them. In: subnets, route tables, associations, endpoints.
//! Out: how calls to DynamoDB leave the subnet, with the resources that decide. Only what lies around the subnet is
//! read, so that undecided inputs of other networks tell no worlds apart.

use std::sync::Arc;

use crate::{
    aws::{
        Answer, Project, Settings, Target,
        network::routing::{Endpoint, EndpointKind, Network, Node, Subnet, Table, default_table, is_dynamodb},
        spelling::Spelling,
        symbolic,
    },
    model::Resource,
    value::{Field, Kind, Reason, Truth, Unknown, World, read::Known},
};

const VPC: &str = "AWS::EC2::VPC";
const SUBNET: &str = "AWS::EC2::Subnet";
const ROUTE_TABLE: &str = "AWS::EC2::RouteTable";
const ASSOCIATION: &str = "AWS::EC2::SubnetRouteTableAssociation";
const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
const ROUTE: &str = "AWS::EC2::Route";
const NAT: &str = "AWS::EC2::NatGateway";
/// Terraform only: CloudFormation cannot change the main table of a VPC.
const MAIN_ASSOCIATION: &str = "aws_main_route_table_association";
const DEFAULT_TABLE: &str = "aws_default_route_table";
const DEFAULT_VPC: &str = "aws_default_vpc";
/// Attributes of a VPC that stand for its main route table.
const MAIN_TABLE_ATTRIBUTES: [&str; 2] = ["main_route_table_id", "default_route_table_id"];

/// How calls to DynamoDB leave a subnet.
#[derive(Clone, Debug)]
pub struct Path<'a> {
    /// The subnet, when the project creates or reads it.
    pub subnet: Option<&'a Resource>,
    /// How to speak of it.
    pub label: String,
    /// Its VPC.
    pub vpc: Option<&'a Resource>,
    /// Its route table, when it is one of the project; `None` for the one that came with the VPC.
    pub table: Option<&'a Resource>,
    /// Whether the route table is the VPC's main one.
    pub main_table: bool,
    /// Whether calls stay in the network; its resources are the endpoints that see to it.
    pub private: Answer,
    /// Endpoints for DynamoDB in the VPC, whether or not they serve the subnet.
    pub endpoints: Vec<&'a Resource>,
    /// NAT gateways that its default routes lead to.
    pub nat: Vec<Target<'a>>,
}

/// Reads networks in one world.
#[derive(Clone, Copy)]
pub struct Topology<'a> {
    project: &'a Project,
    world: &'a World<'a>,
    /// VPCs whose endpoint and routes are declared to be made elsewhere; `*` for all.
    declared: &'a [String],
}

impl<'a> Topology<'a> {
    /// The networks of a project in a world.
    pub fn new(project: &'a Project, world: &'a World<'a>, settings: &'a Settings) -> Self {
        Self { project, world, declared: &settings.external.endpoint_vpcs }
    }

    /// Whether the endpoint and routes of a VPC are declared to be made elsewhere.
    pub fn is_declared(&self, vpc: &Target<'_>) -> bool {
        let named = |id: &String| matches!(vpc, Target::Outside(text) if **text == **id);
        self.declared.iter().any(|id| id == "*" || named(id))
    }

    /// The paths from the subnets that a property lists; the unknown is why there may be more.
    pub fn paths(&self, subnets: &Field<'a>) -> (Vec<Path<'a>>, Option<Arc<Unknown>>) {
        let items = subnets.items();
        (items.fields.iter().map(|subnet| self.path(subnet)).collect(), items.open)
    }

    /// The path from the subnet that a property names.
    pub fn path(&self, field: &Field<'a>) -> Path<'a> {
        let target = self.project.target(field, &[SUBNET]);
        match target.resource().filter(|resource| resource.is(SUBNET)) {
            Some(subnet) => self.path_of(subnet),
            None => {
                let reason = outside(&target, field);
                let label = format!("`{}`", reason.subject);
                let unknown = Answer::unknown(Arc::new(reason)).at(field.place());
                let private = if self.is_declared(&Target::Absent) { Answer::new(true) } else { unknown };
                Path {
                    subnet: None,
                    label,
                    vpc: None,
                    table: None,
                    main_table: false,
                    private,
                    endpoints: Vec::new(),
                    nat: Vec::new(),
                }
            }
        }
    }

    /// The path from a subnet of the project.
    pub fn path_of(&self, resource: &'a Resource) -> Path<'a> {
        let vpc_field = resource.get(self.world, "VpcId");
        let vpc = self.project.target(&vpc_field, &[VPC]);
        let vpc_node = node(&vpc);
        let (table, table_resource, reasons) = self.table(resource);
        let subnet = Subnet { vpc: vpc_node.clone(), table };
        let main = self.main_table(&vpc).filter(|_| subnet.table == Table::Main);
        let mut network = Network::default();
        if let (Table::Main, Some(node)) = (&subnet.table, &vpc_node) {
            network.main.extend(main.as_ref().map(|(main, _)| (Arc::clone(node), Arc::clone(main))));
        }
        let found = self.endpoints(&vpc);
        let mut private = Answer::new(self.is_declared(&vpc)).at(resource.field(self.world).place());
        for (endpoint, plain) in &found {
            let exists = self.world.truth(&endpoint.exists);
            let truth = network.routes(plain, &subnet).and(exists);
            let reasons = reasons.iter().cloned().chain(self.endpoint_reasons(endpoint));
            let answer = reasons.fold(Answer::new(truth).by(endpoint), |answer, reason| answer.because(Some(reason)));
            private = private.or(answer);
        }
        let decided = network.table_of(&subnet);
        let table_resource = match (&subnet.table, main) {
            (Table::Main, Some((_, main))) => main,
            (Table::Main, None) => self.default_table_resource(&vpc),
            _ => table_resource,
        };
        Path {
            subnet: Some(resource),
            label: format!("`{}`", resource.id.address),
            vpc: vpc.resource(),
            nat: self.nat(decided.as_ref(), table_resource, &vpc),
            table: table_resource,
            main_table: subnet.table == Table::Main,
            private,
            endpoints: found.iter().map(|(endpoint, _)| *endpoint).collect(),
        }
    }

    /// Endpoints that are, or may be, for DynamoDB tables and in the VPC.
    pub fn endpoints(&self, vpc: &Target<'a>) -> Vec<(&'a Resource, Endpoint)> {
        let spelling = Spelling::new(self.project, self.world);
        let mut candidates: Vec<&'a Resource> = Vec::new();
        if let Target::Resource(vpc, _) = vpc {
            let uses = self.project.uses(&vpc.id).filter(|found| found.by.is(ENDPOINT) && found.property == "VpcId");
            candidates.extend(uses.map(|found| found.by));
        }
        // Those of the stack whose VPC is no plain reference may be in this one.
        let near = |endpoint: &&Resource| vpc.resource().is_none_or(|vpc| vpc.id.stack == endpoint.id.stack);
        let others =
            self.project.of_kind(ENDPOINT).filter(|endpoint| !names_by_reference(endpoint, "VpcId")).filter(near);
        let others: Vec<_> = others.filter(|endpoint| !candidates.iter().any(|seen| seen.id == endpoint.id)).collect();
        candidates.extend(others);
        let own = node(vpc);
        let plain = candidates.into_iter().filter(|endpoint| self.world.truth(&endpoint.exists).is_possible()).map(
            |endpoint| {
                let get = |name: &str| endpoint.get(self.world, name);
                let kind = match get("VpcEndpointType").text() {
                    Known::Absent => EndpointKind::Gateway,
                    Known::Is(text) if &*text == "Gateway" => EndpointKind::Gateway,
                    Known::Is(_) => EndpointKind::Interface,
                    Known::Unknown(_) => EndpointKind::Unknown,
                };
                let vpc = node(&self.project.target(&get("VpcId"), &[VPC]));
                let service = spelling.field(&get("ServiceName"));
                (
                    endpoint,
                    Endpoint { service, vpc, kind, tables: self.tables(&get("RouteTableIds")), addressed: false },
                )
            },
        );
        plain
            .filter(|(_, plain)| plain.service.as_ref().is_none_or(|service| is_dynamodb(service).is_possible()))
            .filter(|(_, plain)| plain.vpc.is_none() || own.is_none() || plain.vpc == own)
            .collect()
    }

    fn endpoint_reasons(&self, endpoint: &Resource) -> Vec<Arc<Unknown>> {
        let fields =
            ["ServiceName", "VpcId", "VpcEndpointType", "RouteTableIds"].map(|name| endpoint.get(self.world, name));
        let unread = |field: &Field<'_>| field.unknown().or_else(|| field.open());
        let mut reasons: Vec<_> = fields.iter().filter_map(unread).collect();
        reasons.extend(fields.iter().flat_map(|field| field.items().fields).filter_map(|item| item.unknown()));
        if defaults_to_interface(&fields[2]) {
            let subject = format!("whether calls use the interface endpoint {}", endpoint.id.address);
            reasons.push(Arc::new(Unknown::new(Reason::External, subject).at(endpoint.header)));
        }
        reasons
    }

    fn tables(&self, field: &Field<'a>) -> Vec<Option<Node>> {
        let items = field.items();
        let node = |item: &Field<'a>| self.table_node(&self.project.target(item, &[ROUTE_TABLE]));
        items.fields.iter().map(node).chain(items.open.map(|_| None)).collect()
    }

    /// The explicit route table of a subnet, with why it is not known.
    fn table(&self, subnet: &'a Resource) -> (Table, Option<&'a Resource>, Vec<Arc<Unknown>>) {
        let uses =
            self.project.uses(&subnet.id).filter(|found| found.by.is(ASSOCIATION) && found.property == "SubnetId");
        let mut unsure = None;
        for association in uses.map(|found| found.by) {
            let exists = self.world.truth(&association.exists);
            let subject = association.get(self.world, "SubnetId");
            let is_meant =
                self.project.target(&subject, &[SUBNET]).resource().is_some_and(|found| found.id == subnet.id);
            if exists.is_false() || !is_meant {
                continue;
            }
            let field = association.get(self.world, "RouteTableId");
            let target = self.project.target(&field, &[ROUTE_TABLE]);
            match self.table_node(&target).filter(|_| exists.is_true()) {
                Some(node) => return (Table::Explicit(node), target.resource(), Vec::new()),
                None => unsure = Some(field.unknown()),
            }
        }
        match unsure {
            Some(reason) => (Table::Unknown, None, reason.into_iter().collect()),
            None => (Table::Main, None, Vec::new()),
        }
    }

    /// The table that a VPC was told to take as its main one.
    fn main_table(&self, vpc: &Target<'a>) -> Option<(Node, Option<&'a Resource>)> {
        let uses = self.project.uses(&vpc.resource()?.id).filter(|found| &*found.by.kind == MAIN_ASSOCIATION);
        let mut existing = uses.filter(|found| self.world.truth(&found.by.exists).is_true());
        existing.find_map(|found| {
            let field = found.by.get(self.world, "route_table_id");
            let target = self.project.target(&field, &[ROUTE_TABLE]);
            Some((self.table_node(&target)?, target.resource()))
        })
    }

    fn default_table_resource(&self, vpc: &Target<'a>) -> Option<&'a Resource> {
        let uses = self.project.uses(&vpc.resource()?.id);
        uses.map(|found| found.by).find(|found| &*found.source_type == DEFAULT_TABLE)
    }

    /// The name of a route table: the one that came with a VPC has the same name however it is spoken of.
    fn table_node(&self, table: &Target<'a>) -> Option<Node> {
        match table {
            Target::Resource(resource, attribute) => {
                let is_vpc = &*resource.kind == VPC || &*resource.source_type == DEFAULT_VPC;
                if is_vpc && MAIN_TABLE_ATTRIBUTES.contains(&&**attribute) {
                    let default = default_table(&node(table)?);
                    let is_main = &**attribute == "main_route_table_id";
                    return Some(if is_main {
                        self.main_table(table).map_or(default, |(main, _)| main)
                    } else {
                        default
                    });
                }
                if &*resource.source_type == DEFAULT_TABLE {
                    let vpc = resource.get(self.world, "default_route_table_id");
                    return Some(default_table(&node(&self.project.target(&vpc, &[VPC]))?));
                }
                node(table)
            }
            _ => node(table),
        }
    }

    /// NAT gateways that the default routes of a subnet's table lead to.
    fn nat(&self, table: Option<&Node>, explicit: Option<&'a Resource>, vpc: &Target<'a>) -> Vec<Target<'a>> {
        let Some(wanted) = table else { return Vec::new() };
        let around = [explicit, vpc.resource(), self.default_table_resource(vpc)];
        let mut routes: Vec<&'a Resource> = Vec::new();
        for resource in around.into_iter().flatten() {
            let uses =
                self.project.uses(&resource.id).filter(|found| found.by.is(ROUTE) && found.property == "RouteTableId");
            routes.extend(uses.map(|found| found.by));
        }
        let is_of_table = |route: &&'a Resource| {
            let field = route.get(self.world, "RouteTableId");
            self.table_node(&self.project.target(&field, &[ROUTE_TABLE])).as_ref() == Some(wanted)
        };
        let gateways =
            routes.into_iter().filter(is_of_table).filter(|route| self.world.truth(&route.exists).is_possible());
        let gateways = gateways
            .map(|route| self.project.target(&route.get(self.world, "NatGatewayId"), &[NAT, "aws_nat_gateway"]));
        gateways.filter(|target| !matches!(target, Target::Absent)).collect()
    }
}

fn defaults_to_interface(kind: &Field<'_>) -> bool {
    kind.text().or("Gateway".into()).is_some_and(|kind| &*kind != "Gateway")
}

fn node(target: &Target<'_>) -> Option<Node> {
    match target {
        Target::Resource(resource, _) => Some(format!("{}#{}", resource.id.stack, resource.id.address).into()),
        Target::Outside(text) => Some(Arc::clone(text)),
        _ => None,
    }
}

/// Whether the property is a plain reference, so that the index of uses finds it.
fn names_by_reference(resource: &Resource, property: &str) -> bool {
    let value = resource.properties.as_map().and_then(|map| map.get(property));
    value.is_some_and(|value| matches!(value.kind, Kind::Reference(_)))
}

fn outside(target: &Target<'_>, field: &Field<'_>) -> Unknown {
    let unknown = match target {
        Target::Outside(text) => Unknown::new(Reason::External, Arc::clone(text)),
        Target::Resource(resource, _) => Unknown::new(Reason::External, Arc::clone(&resource.id.address)),
        Target::Pattern(pattern) => Unknown::new(Reason::AfterApply, pattern.to_string()),
        Target::Unknown(unknown) => (**unknown).clone(),
        Target::Absent => Unknown::new(Reason::Unsupported, field.place().path.clone()),
    };
    Unknown { span: unknown.span.or(field.place().span), ..unknown }
}

/// Whether an endpoint is for DynamoDB tables.
pub fn is_for_tables(endpoint: &Resource, world: &World<'_>) -> Truth {
    let name = endpoint.get(world, "ServiceName");
    if name.is_absent() {
        return Truth::False;
    }
    name.known().and_then(symbolic::of).map_or(Truth::Unknown, |service| is_dynamodb(&service))
}
