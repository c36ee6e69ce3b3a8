//! See `streams-path.md`.

use crate::{
    aws::{
        Target,
        iam::{
            actions::{Class, of_class},
            policy::Statement,
        },
        network::{
            service::{Service, meant},
            topology::Topology,
        },
        symbolic,
    },
    engine::{Context, Rule, Verdict, rule},
    model::Resource,
    value::{Field, Pattern, Place, Truth},
};

pub const RULE: Rule = rule! {
    id: "network/streams-path",
    severity: Low,
    confidence: Medium,
    profile: Default,
    kinds: ["AWS::EC2::VPC"],
    aliases: [],
    check,
};

const ENDPOINT: &str = "AWS::EC2::VPCEndpoint";
/// Lambda reads a stream for its functions, from its own network: the function's VPC takes no part. Source: AWS Lambda
/// Developer Guide, "Using AWS Lambda with Amazon DynamoDB".
const POLLED_FOR: &str = "AWS::Lambda::Function";

fn check<'a>(vpc: &'a Resource, cx: &Context<'a>) -> Verdict {
    let topology = Topology::new(cx.project, cx.world, cx.settings);
    let mut readers = super::users(vpc, cx, reads_streams);
    readers.retain(|(workload, _)| !workload.resource.is(POLLED_FOR));
    let reads = Truth::any(readers.iter().map(|(_, truth)| *truth));
    if reads.is_false() || topology.is_declared(&Target::Resource(vpc, "Ref".into())) {
        return Verdict::not_applicable();
    }
    let place = Place { span: Some(vpc.header), ..Place::default() };
    let uses = cx.project.uses(&vpc.id).map(|found| found.by).filter(|by| by.is(ENDPOINT));
    let endpoints: Vec<&Resource> = uses.chain(cx.project.beside(vpc, ENDPOINT)).collect();
    let served = Truth::any(endpoints.iter().map(|endpoint| serves(endpoint, vpc, cx)));
    let verdict = match served.or(!reads) {
        Truth::True => return Verdict::pass(&place),
        Truth::False => Verdict::fail(
            &place,
            "workloads in the VPC read DynamoDB streams, and it has no interface endpoint for them; gateway endpoints serve tables only",
        ),
        Truth::Unknown => {
            let roles = readers.iter().flat_map(|(workload, _)| &workload.roles);
            let names = endpoints.iter().flat_map(|endpoint| {
                ["ServiceName", "VpcId"].into_iter().filter_map(|name| endpoint.get(cx.world, name).unknown())
            });
            Verdict::unknown(
                &place,
                "whether workloads in the VPC need an endpoint for DynamoDB streams, and have one, cannot be known",
                roles.filter_map(|role| role.field.unknown()).chain(names).collect::<Vec<_>>(),
            )
        }
    };
    let verdict = readers.iter().fold(verdict, |verdict, (workload, _)| {
        verdict.with_related(Some(workload.resource.header), "this workload may read streams")
    });
    verdict.concerning(super::tables_in_reach(vpc, cx))
}

/// Whether a statement is there for reading streams. One that allows everything tells nothing of what a workload does.
fn reads_streams(statement: &Statement) -> Truth {
    let everything = super::covers(statement, of_class(Class::TableDelete));
    super::covers(statement, of_class(Class::StreamRead)).and(!everything)
}

/// Whether an endpoint of the VPC carries reads of streams.
fn serves<'a>(endpoint: &'a Resource, vpc: &Resource, cx: &Context<'a>) -> Truth {
    let here = match cx.project.target(&endpoint.get(cx.world, "VpcId"), &["AWS::EC2::VPC"]) {
        Target::Resource(found, _) => Truth::from(found.id == vpc.id),
        Target::Unknown(_) | Target::Pattern(_) => Truth::Unknown,
        Target::Outside(_) | Target::Absent => Truth::False,
    };
    let service = match meant(cx.project, endpoint, cx.world) {
        Some(meant) => Truth::from(meant.service == Some(Service::Streams) && meant.faults.is_empty()),
        None => is_for_streams(&endpoint.get(cx.world, "ServiceName")),
    };
    here.and(service).and(cx.world.truth(&endpoint.exists))
}

/// Whether a service name, known by its end, is that of streams.
fn is_for_streams(name: &Field<'_>) -> Truth {
    if name.is_absent() {
        return Truth::False;
    }
    let ends = |service: &Pattern, end: &str| symbolic::ends_with(service, &symbolic::literal(end));
    name.known().and_then(symbolic::of).map_or(Truth::Unknown, |service| {
        ends(&service, ".dynamodb-streams").or(ends(&service, ".dynamodb-streams-fips"))
    })
}
