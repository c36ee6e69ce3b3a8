//! Trails and event data stores of a project. In: `AWS::CloudTrail::Trail` and `AWS::CloudTrail::EventDataStore`.
//! Out: what they record of a table, together and each.

use std::sync::Arc;

use crate::{
    aws::{
        Answer, Project, Settings,
        cloudtrail::selection::{
            Basic, Coverage, Events, FieldSelector, ReadWrite, Recorder, Selectors, Subject, Summary,
        },
        defaults,
        dynamodb::Replica,
        project::refers,
        spelling::{self, Spelling},
        symbolic::{join, literal},
    },
    model::Resource,
    value::{Field, Reason, ResourceId, Truth, Unknown, Variables, World, read::Known},
};

/// CloudFormation types that record events.
pub const KINDS: [&str; 2] = ["AWS::CloudTrail::Trail", "AWS::CloudTrail::EventDataStore"];

/// A trail or event data store in a world.
#[derive(Clone, Copy)]
pub struct Trail<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// The world in which it is read.
    pub world: &'a World<'a>,
}

/// What the trails of a project record of a table in one region.
pub struct Recorded<'a> {
    /// All of them together, declared ones outside the code included.
    pub summary: Summary,
    /// What each records.
    pub each: Vec<(Trail<'a>, Summary)>,
    /// Why something is unknown.
    pub reasons: Vec<Arc<Unknown>>,
}

impl<'a> Trail<'a> {
    /// The view of a resource, when it records events.
    pub fn new(resource: &'a Resource, world: &'a World<'a>) -> Option<Self> {
        KINDS.contains(&&*resource.kind).then_some(Self { resource, world })
    }

    /// Every created trail and event data store that exists, or may exist, in a world.
    pub fn all(project: &'a Project, world: &'a World<'a>) -> Vec<Self> {
        let resources = KINDS.iter().flat_map(|kind| project.existing(kind, world));
        resources.map(|(resource, _)| Self { resource, world }).collect()
    }

    /// Whether it is an event data store.
    pub fn is_store(&self) -> bool {
        &*self.resource.kind == "AWS::CloudTrail::EventDataStore"
    }

    /// A property by path.
    pub fn get(&self, path: &str) -> Field<'a> {
        self.resource.get(self.world, path)
    }

    /// Whether it logs, or ingests.
    pub fn is_active(&self) -> Answer {
        self.flag("IsLogging", "IngestionEnabled")
    }

    /// Whether it records all regions.
    pub fn is_multi_region(&self) -> Answer {
        self.flag("IsMultiRegionTrail", "MultiRegionEnabled")
    }

    /// Whether it records all accounts of the organisation.
    pub fn is_organization(&self) -> Answer {
        self.flag("IsOrganizationTrail", "OrganizationEnabled")
    }

    /// The key of its files; absent when there is none of one's own.
    pub fn key(&self) -> Field<'a> {
        self.get(if self.is_store() { "KmsKeyId" } else { "KMSKeyId" })
    }

    fn flag(&self, of_trail: &str, of_store: &str) -> Answer {
        defaults::flag(&self.resource.kind, &self.get(if self.is_store() { of_store } else { of_trail }))
    }

    /// Why its selectors are not known, as far as they are not.
    fn reasons(&self) -> Vec<Arc<Unknown>> {
        let flags = [self.is_active(), self.is_multi_region(), self.is_organization()];
        let selectors = [self.get("AdvancedEventSelectors"), self.get("EventSelectors")];
        let unread = selectors.into_iter().filter_map(|field| field.unknown().or_else(|| field.open()));
        flags.into_iter().flat_map(|flag| flag.reasons).chain(unread).collect()
    }

    /// The trail as plain data.
    pub fn recorder(&self, spelling: &Spelling<'a>) -> Recorder {
        Recorder {
            active: self.is_active().truth.and(self.world.truth(&self.resource.exists)),
            multi_region: self.is_multi_region().truth,
            organization: self.is_organization().truth,
            region: Some(spelling.region(self.resource)),
            account: Some(spelling.account(self.resource)),
            selectors: self.selectors(spelling),
        }
    }

    fn selectors(&self, spelling: &Spelling<'a>) -> Selectors {
        let advanced = self.get("AdvancedEventSelectors");
        let basic = self.get("EventSelectors");
        if advanced.unknown().is_some() || (basic.unknown().is_some() && advanced.items().fields.is_empty()) {
            return Selectors::Unknown;
        }
        let (advanced, basic) = (advanced.items(), basic.items());
        if !advanced.fields.is_empty() || advanced.open.is_some() {
            let mut selectors: Vec<_> = advanced.fields.iter().map(|field| fields(spelling, field)).collect();
            selectors.extend(advanced.open.map(|_| vec![FieldSelector::default()]));
            return Selectors::Advanced(selectors);
        }
        let mut selectors: Vec<_> = basic.fields.iter().map(|field| basic_selector(spelling, field)).collect();
        let any = || Basic { read_write: None, management: Truth::Unknown, data: vec![(None, vec![None])] };
        selectors.extend(basic.open.map(|_| any()));
        if selectors.is_empty() { Selectors::Default } else { Selectors::Basic(selectors) }
    }
}

fn fields<'a>(spelling: &Spelling<'a>, selector: &Field<'a>) -> Vec<FieldSelector> {
    let items = selector.get("FieldSelectors").items();
    let read = |field: &Field<'a>| {
        let list = |name: &str| spelling.list(&field.get(name));
        FieldSelector {
            field: if let Known::Is(name) = field.get("Field").text() { Some(name.to_string()) } else { None },
            equals: list("Equals"),
            starts_with: list("StartsWith"),
            ends_with: list("EndsWith"),
            not_equals: list("NotEquals"),
            not_starts_with: list("NotStartsWith"),
            not_ends_with: list("NotEndsWith"),
        }
    };
    let open = items.open.map(|_| FieldSelector::default());
    items.fields.iter().map(read).chain(open).collect()
}

fn basic_selector<'a>(spelling: &Spelling<'a>, selector: &Field<'a>) -> Basic {
    let read_write = match selector.get("ReadWriteType").text() {
        Known::Absent => Some(ReadWrite::All),
        Known::Is(text) if &*text == "All" => Some(ReadWrite::All),
        Known::Is(text) if &*text == "ReadOnly" => Some(ReadWrite::ReadOnly),
        Known::Is(text) if &*text == "WriteOnly" => Some(ReadWrite::WriteOnly),
        _ => None,
    };
    let data = selector.get("DataResources").items();
    let read = |field: &Field<'a>| (spelling.field(&field.get("Type")), spelling.list(&field.get("Values")));
    let open = data.open.map(|_| (None, vec![None]));
    Basic {
        read_write,
        management: selector.get("IncludeManagementEvents").is_true(true),
        data: data.fields.iter().map(read).chain(open).collect(),
    }
}

/// What all trails record of a table in one of its regions: each event by one of them.
pub fn recorded<'a>(project: &'a Project, replica: &Replica<'a>, settings: &Settings) -> Recorded<'a> {
    let world = replica.table.world;
    let spelling = Spelling::new(project, world);
    let events = Events::default();
    let subject = subject(&spelling, replica);
    let declared = settings.external.trail.unwrap_or_default();
    let declared = Summary {
        reads: declared.reads.into(),
        writes: declared.writes.into(),
        streams: declared.streams.into(),
        management: declared.management.into(),
    };
    let mut total = events.declared(declared);
    let (mut each, mut reasons) = (Vec::new(), Vec::new());
    let table = replica.table.resource;
    let beside = KINDS.iter().flat_map(|kind| project.beside(table, kind));
    let naming = project
        .uses(&table.id)
        .map(|found| found.by)
        .filter(|by| KINDS.contains(&&*by.kind) && by.id.stack != table.id.stack);
    let own = beside.chain(naming).map(|resource| Trail { resource, world });
    let own = own.filter(|trail| world.truth(&trail.resource.exists).is_possible());
    let elsewhere = elsewhere(project);
    let others = elsewhere.iter().filter(|(id, _)| id.stack != table.id.stack);
    let others =
        others.filter_map(|(id, recorder)| Some((Trail { resource: project.resource(id)?, world }, Some(recorder))));
    for (trail, recorder) in own.map(|trail| (trail, None)).chain(others) {
        let so_far: Summary = total.summary();
        if recorder.is_some() && so_far.reads.and(so_far.writes).and(so_far.streams).is_true() {
            break;
        }
        let is_own = recorder.is_none();
        let recorder = recorder.map_or_else(|| trail.recorder(&spelling), Recorder::clone);
        let coverage: Coverage = events.covered(&within(recorder, &trail, &subject, replica), &subject);
        let summary = coverage.summary();
        if summary.has_unknown() {
            reasons.extend(trail.reasons());
        }
        if is_own || summary.reads.or(summary.writes).is_possible() {
            each.push((trail, summary));
        }
        total = total.or(&coverage);
    }
    let summary = total.summary().or(declared);
    if summary.has_unknown() && reasons.is_empty() {
        reasons.push(Arc::new(undocumented(&total, &subject)));
    }
    Recorded { summary, each, reasons }
}

/// Why it is unknown what is recorded when every setting is known.
fn undocumented(coverage: &Coverage, subject: &Subject) -> Unknown {
    if coverage.depends_on_partiql() {
        return Unknown::new(Reason::External, "whether CloudTrail takes PartiQL statements as reads or as writes");
    }
    Unknown::new(Reason::AfterApply, subject.arn.to_string())
}

/// What one trail records of a table in one of its regions.
pub fn records<'a>(project: &'a Project, trail: &Trail<'a>, replica: &Replica<'a>) -> Summary {
    let spelling = Spelling::new(project, trail.world);
    let subject = subject(&spelling, replica);
    Events::default().covered(&within(trail.recorder(&spelling), trail, &subject, replica), &subject).summary()
}

/// Trails as the tables of other stacks see them, read without deciding an input, once per project: those with
/// selectors that name no resource of their own stack.
fn elsewhere(project: &Project) -> Arc<Elsewhere> {
    project.derived(|| {
        let undecided = Variables::default();
        let world = World::new(&undecided);
        let spelling = Spelling::new(project, &world);
        let trails = Trail::all(project, &world).into_iter().filter(|trail| {
            let selectors = ["AdvancedEventSelectors", "EventSelectors"];
            let written = selectors.iter().any(|name| !trail.get(name).is_absent());
            written
                && !selectors
                    .iter()
                    .any(|name| trail.resource.properties.as_map().and_then(|map| map.get(name)).is_some_and(refers))
        });
        Elsewhere(trails.map(|trail| (trail.resource.id.clone(), trail.recorder(&spelling))).collect())
    })
}

struct Elsewhere(Vec<(ResourceId, Recorder)>);

impl std::ops::Deref for Elsewhere {
    type Target = [(ResourceId, Recorder)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// The recorder, in the table's account where neither says an account.
fn within<'a>(recorder: Recorder, trail: &Trail<'a>, subject: &Subject, replica: &Replica<'a>) -> Recorder {
    let same = spelling::same_account(trail.resource, replica.table.resource);
    if same { Recorder { account: subject.account.clone(), ..recorder } } else { recorder }
}

/// A table in one of its regions as selectors see it.
pub fn subject<'a>(spelling: &Spelling<'a>, replica: &Replica<'a>) -> Subject {
    let table = replica.table.resource;
    let region = match replica.region() {
        Some(region) => spelling.field(&region),
        None => Some(spelling.region(table)),
    };
    // A region that is not known leaves the ARN with the table's own; the gate asks for the region itself.
    let arn = spelling.table_arn_in(table, region.clone().unwrap_or_else(|| spelling.region(table)));
    Subject {
        stream_arn: join(&join(&arn, &literal("/stream/")), &spelling.stream_label(table)),
        arn,
        region,
        account: Some(spelling.account(table)),
    }
}
